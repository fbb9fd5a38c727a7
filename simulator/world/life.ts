/** What a machine does from its launch to its end: boots, takes one task, and ends itself. */
import type { Agenda } from './event-queue.ts';
import { WorldFault } from './fault.ts';
import type { FleetSpec } from './fleet-spec.ts';
import type { Group } from './group.ts';
import type { Activity, Instance } from './instance.ts';
import { isPresent, isUp } from './instance.ts';
import type { Parameters } from './parameters.ts';
import type { Draw, Spread } from './random.ts';
import { drawArrivalMs, drawMs } from './random.ts';
import type { TaskBook } from './task-book.ts';
import type { TaskSpec } from './task.ts';
import { isWithin } from './window.ts';

/** A machine reports that its task has ended, whatever the result; it has not cleaned up yet. */
export type MachineEvent = 'task-ended';

/** How a machine ended, in its own words, which may be lost. */
export type WordOutcome =
  'served' | 'idle' | 'boot-failed' | 'agent-failed' | 'interrupted' | 'expired';

/** What the machines of one fleet need of the group and the queue. */
export interface Life {
  launched(instance: Instance): void;
  /** The lifecycle changed, or the machine stopped. */
  changed(instance: Instance): void;
  /** There is a task that can be claimed. */
  wake(): void;
}

export interface LifeOptions {
  readonly fleet: FleetSpec;
  /** The class's number in the book. */
  readonly resourceClass: number;
  /** The numbers of all classes whose tasks its runners get, in the order in which they are asked for. */
  readonly takes: readonly number[];
  readonly parameters: Parameters;
  readonly agenda: Agenda;
  readonly draws: (purpose: string) => Draw;
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  readonly book: TaskBook;
  readonly group: () => Group;
  /** The machine begins to do something else. */
  readonly turned: (instance: Instance, from: Activity) => void;
  readonly emit: (event: MachineEvent, instance: Instance) => void;
  /** A machine's last word goes out. */
  readonly say: (instance: Instance, outcome: WordOutcome) => void;
}

export function createLife(options: LifeOptions): Life {
  const { fleet, resourceClass, parameters, agenda, draws, book } = options;
  const after = (spread: Spread, purpose: string) => {
    const draw = draws(purpose);
    return (index: number) => agenda.now() + drawMs(spread, draw, index);
  };
  const afterPending = after(parameters.pendingToRunning, 'pending-to-running');
  const afterBoot = after(fleet.boot ?? parameters.boot, 'boot');
  const afterFirstClaim = after(parameters.firstClaim, 'first-claim');
  const afterExit = after(parameters.exit, 'exit');
  const afterTell = after(parameters.tell, 'tell');
  const afterReport = after(parameters.report, 'report');
  const afterRepeat = after(parameters.repeatAfter, 'repeat-after');
  const afterAgentDeath = after(parameters.agentDeathAfter, 'agent-death-after');
  const strikes = (probability: number, purpose: string) => {
    const draw = draws(purpose);
    return (instance: Instance) => probability > 0 && draw(instance.index) < probability;
  };
  const bootFails = strikes(parameters.bootFailure, 'boot-failure');
  const bootHangs = strikes(parameters.bootHang, 'boot-hang');
  const agentDies = strikes(parameters.agentDeath, 'agent-death');
  const answerIsLost = strikes(parameters.lostAnswer, 'lost-answer');
  const neverRegisters = strikes(parameters.neverRegisters, 'never-registers');
  const crashes = strikes(parameters.agentCrash, 'agent-crash');
  const hangs = strikes(parameters.agentHang, 'agent-hang');
  const tellFails = strikes(parameters.tellFailure, 'tell-failure');
  const wordIsLost = strikes(parameters.wordLoss, 'word-loss');
  const exitCallFails = strikes(parameters.exitCallFailure, 'exit-call-failure');
  const crashPoint = draws('crash-point');
  const interruption = draws('interruption');
  const longestLife = fleet.maxRunTimeMs + 1000 * parameters.lifetimeMargin;
  const idlers = new Set<Instance>();

  function turn(instance: Instance, activity: Activity): void {
    const from = instance.activity;
    if (from === activity) return;
    if (activity === 'idle') idlers.add(instance);
    else idlers.delete(instance);
    instance.activity = activity;
    options.turned(instance, from);
  }

  function run(instance: Instance): void {
    if (!isUp(instance) || instance.lifecycle !== 'Pending') return;
    options.group().running(instance);
    if (fleet.spot && parameters.spotInterruptions > 0) {
      const left = drawArrivalMs(parameters.spotInterruptions, interruption, instance.index);
      // No machine of one task lives longer; a plan beyond it would only be kept for nothing.
      if (fleet.reuse || left < fleet.idleTimeoutMs + longestLife) {
        agenda.plan(agenda.now() + left, () => interrupt(instance));
      }
    }
    const moment = { at: (agenda.now() - options.startAt) / 1000, group: fleet.group };
    if (isWithin(parameters.bootHangWindows, moment) || bootHangs(instance)) return;
    const fails = isWithin(parameters.bootFailureWindows, moment) || bootFails(instance);
    agenda.plan(afterBoot(instance.index), () => {
      if (!isUp(instance) || !boots(instance)) return;
      if (fails) failBoot(instance);
      else completeBoot(instance);
    });
  }

  const hooked = fleet.launchHook ?? true;

  /** The group has not given the machine up while it boots. */
  function boots({ lifecycle }: Instance): boolean {
    return lifecycle === (hooked ? 'Pending:Wait' : 'InService');
  }

  function say(instance: Instance, outcome: WordOutcome): void {
    if (!wordIsLost(instance)) options.say(instance, outcome);
  }

  function failBoot(instance: Instance): void {
    say(instance, 'boot-failed');
    if (hooked) options.group().completeHook(instance, 'ABANDON');
    else if (fleet.failedBoot !== 'stay') options.group().powerOff(instance);
  }

  function completeBoot(instance: Instance): void {
    if (hooked) options.group().completeHook(instance, 'CONTINUE');
    if (agentDies(instance)) {
      agenda.plan(afterAgentDeath(instance.index), () => {
        if (!isUp(instance) || instance.activity === 'finishing') return;
        const hadTask = instance.task !== undefined;
        dropTask(instance);
        exit(instance, hadTask ? 'served' : 'agent-failed');
      });
    }
    if (neverRegisters(instance)) {
      turn(instance, 'idle');
      limitLifetime(instance);
      return;
    }
    awaitTask(instance, afterFirstClaim(instance.index));
  }

  /** The agent asks for a task from `askAt` on, until its idle timeout. */
  function awaitTask(instance: Instance, askAt: number): void {
    turn(instance, 'idle');
    instance.firstPollAt = askAt;
    planPoll(instance);
    instance.waitsBegun += 1;
    const wait = instance.waitsBegun;
    agenda.plan(idleEnd(askAt, agenda.now() + fleet.idleTimeoutMs), () => {
      if (instance.activity === 'idle' && instance.waitsBegun === wait) exit(instance, 'idle');
    });
  }

  const heldMs = 1000 * parameters.requestHeld;
  const roundMs = heldMs + 1000 * parameters.pollPause;

  /** When the request begins that is under way at that moment, or the next one where none is. */
  function requestAt(firstAt: number, moment: number): number {
    return firstAt + Math.max(0, Math.ceil((moment - firstAt - heldMs) / roundMs)) * roundMs;
  }

  /** An agent whose requests are held looks at its idle timeout between two of them. */
  function idleEnd(firstAt: number, timeoutAt: number): number {
    if (heldMs === 0) return timeoutAt;
    const begin = requestAt(firstAt, timeoutAt);
    return begin <= timeoutAt ? begin + heldMs : begin;
  }

  /** Plans the agent's next chance to claim: now, if its request is under way, or else its next request. */
  function planPoll(instance: Instance): void {
    if (instance.pollPlanned || instance.firstPollAt === Number.POSITIVE_INFINITY) return;
    instance.pollPlanned = true;
    const at = Math.max(agenda.now(), requestAt(instance.firstPollAt, agenda.now()));
    agenda.plan(at, () => {
      instance.pollPlanned = false;
      if (instance.activity === 'idle' && isUp(instance)) claim(instance);
    });
  }

  function nextTask(): number | undefined {
    for (const each of options.takes) {
      const task = book.claim(each, resourceClass);
      if (task !== undefined) return task;
    }
    return undefined;
  }

  function claim(instance: Instance): void {
    const task = nextTask();
    if (task === undefined) return;
    instance.task = task;
    instance.hadTask = true;
    turn(instance, 'busy');
    if (hangs(instance)) {
      limitLifetime(instance);
      return;
    }
    const wanted = options.tasks[task]?.durationMs ?? 0;
    const allowed = Math.min(wanted, fleet.maxRunTimeMs);
    const crashed = crashes(instance);
    const lasts = crashed ? Math.round(allowed * crashPoint(instance.index)) : allowed;
    agenda.plan(agenda.now() + lasts, () => {
      if (instance.task !== task) return;
      if (crashed) {
        dropTask(instance);
        exit(instance, 'served');
        tell(instance);
        return;
      }
      if (!fleet.reuse) tell(instance);
      agenda.plan(afterReport(task), () => {
        if (instance.task !== task) return;
        instance.task = undefined;
        book.settle(task, wanted > allowed ? 'killed' : 'served');
        if (fleet.reuse) awaitTask(instance, agenda.now());
        else exit(instance, 'served');
      });
    });
  }

  /** The agent is done, whatever the reason; the machine ends itself. */
  function exit(instance: Instance, outcome: WordOutcome): void {
    turn(instance, 'finishing');
    agenda.plan(afterExit(instance.index), () => {
      if (!isUp(instance) || !isPresent(instance)) return;
      say(instance, outcome);
      endItself(instance);
    });
  }

  /** The machine says that its task has ended, before its agent has cleaned up. */
  function tell(instance: Instance): void {
    if (tellFails(instance)) return;
    agenda.plan(afterTell(instance.index), () => {
      if (!isUp(instance)) return;
      options.group().unprotect(instance);
      options.emit('task-ended', instance);
    });
  }

  function endItself(instance: Instance): void {
    const group = options.group();
    if (parameters.finish === 'stop' || exitCallFails(instance)) {
      group.powerOff(instance);
      return;
    }
    try {
      group.terminate(instance, true);
      if (answerIsLost(instance)) {
        agenda.plan(afterRepeat(instance.index), () => {
          if (isUp(instance)) group.repeatTerminate();
        });
      }
    } catch (error) {
      if (!(error instanceof WorldFault)) throw error;
      // At the group's minimum; without decrement the group replaces the machine, as it must.
      group.terminate(instance, false);
    }
  }

  /** What hangs is ended some time after any task would have been. */
  function limitLifetime(instance: Instance): void {
    agenda.plan((instance.runningAt ?? agenda.now()) + longestLife, () => {
      if (isUp(instance) && instance.activity !== 'finishing') {
        dropTask(instance);
        exit(instance, 'expired');
      }
    });
  }

  function interrupt(instance: Instance): void {
    if (!isUp(instance)) return;
    say(instance, 'interrupted');
    const { task } = instance;
    if (task !== undefined && parameters.retryOnInterruption) {
      instance.task = undefined;
      book.requeue(task);
    }
    options.group().powerOff(instance);
  }

  /** The agent vanished with its task. */
  function dropTask(instance: Instance): void {
    if (instance.task !== undefined) book.abandon(instance.task);
    instance.task = undefined;
  }

  return {
    launched(instance) {
      agenda.plan(afterPending(instance.index), () => run(instance));
    },
    changed(instance) {
      if (isUp(instance)) return;
      dropTask(instance);
      turn(instance, isPresent(instance) ? 'finishing' : 'gone');
    },
    wake() {
      for (const instance of idlers) planPoll(instance);
    },
  };
}
