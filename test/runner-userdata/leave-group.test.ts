/** Answers of the group that come late, never, or twice: a second decrement would take another's place. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { refusal } from '../instance-services/reply.ts';
import { MIN_SIZE_REFUSAL, NO_ACTIVE_ACTION, type CloudOptions, type Fate } from './cloud.ts';
import { groupCalls } from './events.ts';
import { lastWord, LOG, POWER_OFF, startMachine, type Machine } from './machine.ts';
import { readyMachine, STATE, type ReadyOptions } from './ready.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

const CONTINUE = 'CompleteLifecycleAction CONTINUE';
const ABANDON = 'CompleteLifecycleAction ABANDON';
const DECREMENT = 'TerminateInstanceInAutoScalingGroup true';
const KEEP = 'TerminateInstanceInAutoScalingGroup false';
const HOOK_SENT = `${STATE}/hook-sent`;
const DECREMENT_SENT = `${STATE}/decrement-sent`;

const THROTTLED = refusal(400, 'Throttling', 'Rate exceeded');
const FAILED = refusal(500, 'InternalFailure');

/** Fates of the calls to the group in order; after the last one they are accepted. */
function fates(...each: readonly Fate[]): CloudOptions {
  const rest = [...each];
  return { autoscaling: () => rest.shift() };
}

/** What the metadata say of the group's will; `undefined` where they say nothing. */
function targetState(state: string | undefined): NonNullable<CloudOptions['imds']> {
  const reply = state === undefined ? { status: 404, body: '' } : { status: 200, body: state };
  return (path) => (path.endsWith('/target-lifecycle-state') ? reply : undefined);
}

/** Ends a machine whose hook was completed; the result is its calls to the group. */
async function end(options: ReadyOptions = {}): Promise<readonly string[]> {
  machine = await readyMachine(options);
  await machine.runner('end');
  // However that went.
  expect(machine.events().at(-1)).toBe(POWER_OFF);
  return groupCalls(machine.events());
}

/** Seconds of the pauses that were made, to the nearest that doubling gives. */
function pauses(): number[] {
  return machine
    .events()
    .filter((event) => event.startsWith('sleep'))
    .map((event) => Number(event.slice('sleep '.length)));
}

describe('the termination of a machine in its group', () => {
  test.each<[string, CloudOptions, readonly string[]]>([
    ['repeats at the minimum without decrement', fates(MIN_SIZE_REFUSAL), [DECREMENT, KEEP]],
    [
      'gives up when both are refused for the minimum',
      fates(MIN_SIZE_REFUSAL, MIN_SIZE_REFUSAL),
      [DECREMENT, KEEP],
    ],
    [
      'repeats what was throttled as it was',
      fates(THROTTLED, MIN_SIZE_REFUSAL, refusal(503, 'x')),
      [DECREMENT, DECREMENT, KEEP, KEEP],
    ],
    [
      'repeats when another activity holds the group',
      fates(refusal(400, 'ScalingActivityInProgress'), refusal(500, 'ResourceContention')),
      [DECREMENT, DECREMENT, DECREMENT],
    ],
    [
      'repeats with credentials that have not expired',
      fates(refusal(403, 'ExpiredToken')),
      [DECREMENT, DECREMENT],
    ],
    [
      'repeats what is refused while the clock is wrong',
      fates(refusal(403, 'SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now')),
      [DECREMENT, DECREMENT],
    ],
    ['does not repeat what is forbidden', fates(refusal(403, 'AccessDenied')), [DECREMENT]],
    [
      'does not repeat for an instance of no group',
      fates(refusal(400, 'ValidationError', 'Instance Id not found')),
      [DECREMENT],
    ],
    ['is not repeated when it worked and its answer was lost', fates('lost'), [DECREMENT]],
    [
      'is repeated when nothing shows that it worked',
      fates('reset', FAILED),
      Array(3).fill(DECREMENT),
    ],
    [
      'is repeated without decrement when nobody knows whether it worked',
      { ...fates(FAILED), imds: targetState(undefined) },
      [DECREMENT, KEEP],
    ],
    [
      'is not even asked of a group that ends the machine already',
      { imds: targetState('Terminated') },
      [],
    ],
    ['is not asked without metadata', { imds: () => 'reset' }, []],
  ])('%s', async (_, cloud, calls) => {
    expect(await end({ cloud })).toEqual(calls);
  });

  test('is repeated ever later, and at last every 16 s or so', async () => {
    const calls = await end({ cloud: fates(...Array<Fate>(7).fill(THROTTLED)) });
    expect(calls).toEqual(Array(8).fill(DECREMENT));
    [1, 2, 4, 8, 16, 16, 16].forEach((seconds, index) => {
      expect(pauses()[index]).toBeGreaterThanOrEqual(seconds / 2);
      expect(pauses()[index]).toBeLessThanOrEqual(seconds * 1.5);
    });
    expect(pauses()).toHaveLength(7);
  });

  test('waits for what an unanswered call has done to show', async () => {
    await end({ cloud: fates('lost') });
    expect(pauses()[0]).toBe(5);
  });

  test.each<[string, CloudOptions]>([
    ['the group answers nothing', { autoscaling: () => 'reset' }],
    ['the group fails', { autoscaling: () => FAILED }],
    [
      'the instance has lost its role',
      { imds: (path) => (path.includes('/iam/') ? { status: 404, body: '' } : undefined) },
    ],
  ])('is given up after a time when %s', async (_, cloud) => {
    await end({ cloud, leaveLimit: 0 });
    expect(machine.file(LOG)).toContain(
      'the group could not be left within 0 s: it will notice that the machine is off',
    );
  });

  test('is on disk before it is sent, and is forgotten where it was refused', async () => {
    const kept: boolean[] = [];
    await end({
      cloud: {
        autoscaling: () => {
          kept.push(existsSync(join(machine.root, DECREMENT_SENT)));
          return kept.length < 3 ? THROTTLED : refusal(403, 'AccessDenied');
        },
      },
    });
    expect(kept).toEqual([true, true, true]);
    expect(machine.has(DECREMENT_SENT)).toBe(false);
  });

  test.each([
    ['InService', [DECREMENT]],
    [undefined, [KEEP]],
    ['Terminated', []],
  ])('after a reboot in its middle, with metadata of %s, is %j', async (state, calls) => {
    machine = await readyMachine({ cloud: { imds: targetState(state) } });
    machine.write(DECREMENT_SENT, '');
    await machine.unit('rebooted', 'ExecStart');
    expect(groupCalls(machine.events())).toEqual(calls);
  });
});

describe('the launch hook', () => {
  /** Boots a machine; the result is its calls to the group. */
  async function boot(cloud: CloudOptions, commands = {}): Promise<readonly string[]> {
    machine = await startMachine({ cloud, commands });
    await machine.boot();
    return groupCalls(machine.events());
  }
  const agentStarted = () =>
    machine.events().includes('systemctl start runner-scaler-agent.service');

  test('is complete when the answer was lost, and the second call says that nothing waits', async () => {
    expect(await boot(fates('lost'))).toEqual([CONTINUE, CONTINUE]);
    expect(agentStarted()).toBe(true);
    expect(machine.file(LOG)).toContain('a call whose answer was lost has worked');
  });

  test('is not complete when the group ends the machine meanwhile', async () => {
    const cloud = { ...fates('lost'), imds: targetState('Terminated') };
    expect(await boot(cloud)).toEqual([CONTINUE, CONTINUE]);
    expect(agentStarted()).toBe(false);
    expect(lastWord(machine)).toMatchObject({ outcome: 'boot-failed' });
    expect(machine.file(LOG)).toContain('the group ends this instance already');
  });

  test('that was perhaps completed is no longer abandoned: the machine may be in service', async () => {
    const cloud: CloudOptions = {
      autoscaling: (call) => (call.get('LifecycleActionResult') ? FAILED : undefined),
    };
    expect(await boot(cloud)).toEqual([...Array<string>(7).fill(CONTINUE), DECREMENT]);
    expect(lastWord(machine)?.['reason']).toMatch(/^cannot complete the launch hook ready of/);
  });

  test('is abandoned when every call to complete it was refused', async () => {
    const cloud: CloudOptions = {
      autoscaling: (call) =>
        call.get('LifecycleActionResult') === 'CONTINUE' ? THROTTLED : undefined,
    };
    expect(await boot(cloud)).toEqual([...Array<string>(7).fill(CONTINUE), ABANDON]);
  });

  test('is abandoned when no call to complete it was sent', async () => {
    const curl = `if [[ $* == *LifecycleActionResult=CONTINUE* ]]; then
  printf 'curl: (7) no route\\n000 0'
  exit 7
fi
PATH=$REAL_PATH exec curl "$@"`;
    expect(await boot({}, { curl })).toEqual([ABANDON]);
    expect(machine.file(LOG)).toContain('HTTP 000 curl: (7) no route');
  });

  test('whose action is gone from the beginning is not tried again', async () => {
    expect(await boot(fates(NO_ACTIVE_ACTION))).toEqual([CONTINUE, ABANDON]);
  });

  test('is on disk before its call is sent: a reboot in between ends the machine in service', async () => {
    const kept: boolean[] = [];
    await boot({
      autoscaling: () => {
        kept.push(existsSync(join(machine.root, HOOK_SENT)));
        return undefined;
      },
    });
    expect(kept).toEqual([true]);
  });
});
