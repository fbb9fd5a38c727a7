/** One case of the machine suite: it runs on every release, beside others. */
import { expect, test } from '@jest/globals';
import { Machine, type MachineOptions } from './machine.ts';
import { RELEASES } from './roots.ts';
import { userDataOf } from './user-data.ts';

export interface CaseOptions extends Omit<MachineOptions, 'release' | 'userData'> {
  /** Default: of the shortest times a config allows. */
  readonly userData?: () => Buffer;
}

/** What a kind of case does besides, and the seconds it may take in all. */
export interface CaseMore {
  readonly within?: number;
  readonly meanwhile?: (machine: Machine) => void | Promise<void>;
}

export function machineCase(
  name: string,
  options: CaseOptions,
  story: (machine: Machine) => Promise<void>,
): void {
  // Now, and not in the case: a template takes seconds, in which what the machines of other cases talk to is silent.
  const userData = options.userData?.() ?? userDataOf();
  test.concurrent.each(RELEASES)(`${name} [%s]`, async (release) => {
    const machine = new Machine({ ...options, userData, release });
    try {
      await machine.start();
      await story(machine);
      expect(machine.cloud.problems).toEqual([]);
    } catch (error) {
      if (error instanceof Error && !error.message.includes('--- calls')) {
        error.message += `\n${machine.everything()}`;
      }
      throw error;
    } finally {
      await machine.close();
    }
  });
}

/** What a machine that serves a task says to its group. */
export const SERVED = [
  'CompleteLifecycleAction CONTINUE',
  'SetInstanceProtection false',
  'TerminateInstanceInAutoScalingGroup true',
];

/** Calls to the group, in order. */
export function groupCalls(machine: Machine): string[] {
  return machine.cloud.calls
    .map(({ what }) => what)
    .filter((what) => /^(CompleteLifecycle|Terminate|Detach|SetInstance)/.test(what));
}

/** The machine's last word. */
export function lastWord(machine: Machine) {
  const words = machine.cloud.events.filter(({ DetailType }) => DetailType === 'Runner Ended');
  expect(words).toHaveLength(1);
  return JSON.parse(words[0]?.Detail ?? '') as {
    readonly outcome: string;
    readonly reason: string;
    readonly phases: Readonly<Record<string, number>>;
  };
}
