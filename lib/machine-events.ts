/** How the function is invoked between the schedule's passes: rules and its own messages, one queue, in batches. */
import {
  aws_events as events,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_sqs as sqs,
  Duration,
  RemovalPolicy,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  DEMAND_CHANGED,
  demandEventSource,
  EVENT_QUEUE,
  eventSourcePrefix,
  RUNNER_ENDED,
  SHUTTING_DOWN,
  TASK_ENDED,
  SCHEDULE_SECONDS,
} from '../lambda/scaler/contract.ts';

/** How long a message waits for an invocation: late ones are dropped, by the rules and by the queue. */
const RETENTION = Duration.seconds(EVENT_QUEUE.retentionSeconds);

const WINDOW = Duration.seconds(EVENT_QUEUE.windowSeconds);

/**
 * Six times the function's time limit and the window, as AWS advises. It is longer than the retention, so
 * that a message of an invocation that broke off is gone before it would be handed over again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY = Duration.seconds(6 * SCHEDULE_SECONDS + EVENT_QUEUE.windowSeconds);

/** Why there is no queue of dead letters. */
const NOT_KEPT =
  'A message that was not handled is worth nothing after a minute: the schedule reads everything.';

export interface MachineEventsProps {
  /** The scaler's name. */
  readonly name: string;
  /** Whether the function makes passes for these events, and does not only record how machines ended. */
  readonly wakeUps: boolean;
  /** Whether a webhook says where the demand may have changed. */
  readonly webhook: boolean;
  /** The function's role: it also sends itself the messages for the passes between the schedule's. */
  readonly role: iam.Role;
}

interface Subscription {
  readonly description: string;
  readonly eventPattern: events.EventPattern;
  /** Why it does no harm if an event is lost. */
  readonly lost: string;
}

export class MachineEvents extends Construct {
  /** Holds the events and messages until an invocation takes them. */
  readonly queue: sqs.Queue;
  private readonly role: iam.Role;

  constructor(scope: Construct, id: string, { name, wakeUps, webhook, role }: MachineEventsProps) {
    super(scope, id);
    this.role = role;
    const queue = new sqs.Queue(this, 'Queue', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      visibilityTimeout: VISIBILITY,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(queue).acknowledge(
      { id: 'AwsSolutions-SQS3', reason: NOT_KEPT },
      { id: 'Serverless-SQSRedrivePolicy', reason: NOT_KEPT },
    );
    this.queue = queue;
    const rules = [
      this.makeRule('RunnerEnded', queue, {
        description: `Tells the runner-scaler ${name} how a runner ended`,
        eventPattern: fromRunners(name, RUNNER_ENDED),
        lost: 'A lost event costs a line of the log; the next one shows a futile loop as well.',
      }),
      ...(wakeUps ? this.makeWakeUps(name, queue) : []),
      ...(webhook ? [this.makeDemandChanged(name, queue)] : []),
    ];
    this.letOnlySend(queue, rules);
  }

  /** These are rules, because EventBridge Scheduler knows only times. */
  private makeWakeUps(name: string, queue: sqs.Queue): readonly events.Rule[] {
    // EC2 does not know which machines are runners, so the function finds out; see `SHUTTING_DOWN`.
    const lost = 'A lost event costs a minute at most: the schedule reads everything.';
    return [
      this.makeRule('WakeUp', queue, {
        description: `Wakes the runner-scaler ${name} when a machine shuts down`,
        eventPattern: {
          source: [SHUTTING_DOWN.source],
          detailType: [SHUTTING_DOWN.detailType],
          detail: { state: [SHUTTING_DOWN.state] },
        },
        lost,
      }),
      this.makeRule('TaskEnded', queue, {
        description: `Wakes the runner-scaler ${name} when a runner's task has ended`,
        eventPattern: fromRunners(name, TASK_ENDED),
        lost,
      }),
    ];
  }

  private makeDemandChanged(name: string, queue: sqs.Queue): events.Rule {
    return this.makeRule('DemandChanged', queue, {
      description: `Tells the runner-scaler ${name} where jobs of GitHub may wait`,
      eventPattern: {
        source: [demandEventSource(name)],
        detailType: [DEMAND_CHANGED.detailType],
      },
      lost: "A lost event costs the time until the repository's turn comes: every one is read in turn.",
    });
  }

  private makeRule(id: string, queue: sqs.Queue, { lost, ...what }: Subscription): events.Rule {
    const rule = new events.Rule(this, id, {
      ...what,
      targets: [
        {
          // The CDK's own target would also let the rule read the queue's name and attributes.
          bind: () => ({
            arn: queue.queueArn,
            retryPolicy: {
              maximumRetryAttempts: 0,
              maximumEventAgeInSeconds: RETENTION.toSeconds(),
            },
          }),
        },
      ],
    });
    Validations.of(rule).acknowledge({ id: 'Serverless-EventBusDLQ', reason: lost });
    return rule;
  }

  /** Identities of the account need no grant from the queue, so all but the function are denied. */
  private letOnlySend(queue: sqs.Queue, rules: readonly events.Rule[]): void {
    this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
    );
    const arns = rules.map(({ ruleArn }) => ruleArn);
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': arns } },
      }),
    );
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: {
          ArnNotEquals: { 'aws:SourceArn': arns, 'aws:PrincipalArn': this.role.roleArn },
        },
      }),
    );
  }

  /**
   * Few invocations at a time. The CDK's event source would grant more than Lambda needs.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  wake(scaler: lambda.Function): void {
    const { queue } = this;
    const { policyDependable } = this.role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [queue.queueArn],
      }),
    );
    const mapping = new lambda.EventSourceMapping(this, 'Batches', {
      target: scaler,
      eventSourceArn: queue.queueArn,
      batchSize: EVENT_QUEUE.batchSize,
      maxBatchingWindow: WINDOW,
      maxConcurrency: EVENT_QUEUE.concurrency,
    });
    Validations.of(mapping).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: NOT_KEPT,
    });
    // Lambda checks the permissions of the role when the mapping is created.
    if (policyDependable !== undefined) mapping.node.addDependency(policyDependable);
  }
}

/** Events of one type from the machines of every class of a scaler. */
function fromRunners(
  name: string,
  { detailType }: { readonly detailType: string },
): events.EventPattern {
  return { source: events.Match.prefix(eventSourcePrefix(name)), detailType: [detailType] };
}
