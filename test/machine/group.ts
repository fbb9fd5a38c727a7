/**
 * The Auto Scaling group as one machine sees it, with everything that AWS may do: a repeated call is refused or
 * takes effect twice, metadata lags, and the group ends a machine by its power button.
 */
import type { Reply } from '../instance-services/reply.ts';
import { refusal } from '../instance-services/reply.ts';

export type LifecycleState =
  'Pending:Wait' | 'Pending:Proceed' | 'InService' | 'Terminating' | 'Detached';

export interface GroupOptions {
  readonly min?: number;
  /** Default: 3, so that a second decrement is not refused at the minimum. */
  readonly desired?: number;
  /** Milliseconds in Pending:Proceed. Default: 100, so that the shortest task ends after it. */
  readonly proceedMs?: number;
  /** Milliseconds until metadata shows what a call has done. */
  readonly metadataLagMs?: number;
  /** Milliseconds from a termination to the power button. */
  readonly powerButtonMs?: number;
}

export class Group {
  state: LifecycleState = 'Pending:Wait';
  protected = true;
  desired: number;
  /** Desired capacity after every accepted decrement. */
  readonly decrements: number[] = [];
  readonly instanceId: string;
  private readonly options: Required<GroupOptions>;
  private target = 'InService';
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly pressPowerButton: () => void;

  constructor(instanceId: string, pressPowerButton: () => void, options: GroupOptions = {}) {
    this.instanceId = instanceId;
    this.pressPowerButton = pressPowerButton;
    this.options = {
      min: 0,
      desired: 3,
      proceedMs: 100,
      metadataLagMs: 1_500,
      powerButtonMs: 1_500,
      ...options,
    };
    this.desired = this.options.desired;
  }

  /** What the instance's metadata says of it; undefined where the entry does not exist. */
  get targetState(): string | undefined {
    return this.target;
  }

  answer(parameters: URLSearchParams): Reply {
    const action = parameters.get('Action') ?? '';
    const id = parameters.get('InstanceId') ?? parameters.get('InstanceIds.member.1');
    if (id !== this.instanceId)
      return invalid(`Instance Id not found - No managed instance found for instance ID ${id}`);
    switch (action) {
      case 'CompleteLifecycleAction':
        return this.completeLifecycleAction(parameters);
      case 'TerminateInstanceInAutoScalingGroup':
        return this.terminate(parameters.get('ShouldDecrementDesiredCapacity') === 'true');
      case 'SetInstanceProtection':
        if (this.state !== 'InService') {
          return invalid(`The instance ${id} is not in InService or EnteringStandby or Standby.`);
        }
        this.protected = parameters.get('ProtectedFromScaleIn') === 'true';
        return done(action);
      case 'DetachInstances':
        return this.detach(parameters.get('ShouldDecrementDesiredCapacity') === 'true');
      default:
        return invalid(`The action ${action} is not valid for this endpoint.`);
    }
  }

  /** The group ends the machine by itself, as on a scale-in or a failed health check. */
  end(): void {
    this.state = 'Terminating';
    this.later(this.options.metadataLagMs, () => {
      this.target = 'Terminated';
    });
    this.later(this.options.powerButtonMs, this.pressPowerButton);
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private completeLifecycleAction(parameters: URLSearchParams): Reply {
    if (this.state !== 'Pending:Wait') {
      return invalid(`No active Lifecycle Action found with instance ID ${this.instanceId}`);
    }
    if (parameters.get('LifecycleActionResult') === 'ABANDON') {
      this.end();
    } else {
      this.state = 'Pending:Proceed';
      this.later(this.options.proceedMs, () => {
        if (this.state === 'Pending:Proceed') this.state = 'InService';
      });
    }
    return done('CompleteLifecycleAction');
  }

  private terminate(decrement: boolean): Reply {
    if (this.state === 'Detached') {
      return invalid(
        `Instance Id not found - No managed instance found for instance ID ${this.instanceId}`,
      );
    }
    if (decrement) {
      const refused = this.decrement('Terminating instance without replacement will violate');
      if (refused !== undefined) return refused;
    }
    if (this.state !== 'Terminating') this.end();
    return done('TerminateInstanceInAutoScalingGroup');
  }

  private detach(decrement: boolean): Reply {
    if (this.state !== 'InService') {
      return invalid(`The instance ${this.instanceId} is not in InService or Standby.`);
    }
    if (decrement) {
      const refused = this.decrement('Detaching instance without replacement will violate');
      if (refused !== undefined) return refused;
    }
    this.state = 'Detached';
    this.target = 'Detached';
    return done('DetachInstances');
  }

  private decrement(what: string): Reply | undefined {
    if (this.desired <= this.options.min) {
      return invalid(
        `Currently, desiredSize equals minSize (${this.options.min}). ${what} group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    this.desired -= 1;
    this.decrements.push(this.desired);
    return undefined;
  }

  private later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, ms);
    this.timers.add(timer);
  }
}

function done(action: string): Reply {
  return {
    status: 200,
    body: `<${action}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><ResponseMetadata><RequestId>7c6e</RequestId></ResponseMetadata></${action}Response>`,
  };
}

function invalid(message: string): Reply {
  return refusal(400, 'ValidationError', message);
}
