import { beforeEach, describe, expect, test } from '@jest/globals';
import { type CleanUpOptions, removeProbe } from '../../probe/clean-up.ts';

const NAME = 'runner-scaler-probe-00c0ffee';

let account: Account;
let said: string[];

beforeEach(() => {
  account = emptyAccount();
  said = [];
});

describe('removing what a probe made', () => {
  test('ends the machines, then destroys the stack, then removes its secret', async () => {
    account.instances = new Map([
      ['i-1', 'InService'],
      ['i-2', 'Terminating:Wait'],
    ]);
    account.stack = 'CREATE_COMPLETE';
    account.secret = true;
    await remove();
    expect(account.calls).toEqual(['close groups', 'terminate i-1', 'destroy', 'delete secret']);
    expect(said).toEqual([
      'ended 1 instance',
      `removed the stack ${NAME} with all it had`,
      `removed the secret ${NAME}`,
    ]);
  });

  test('where nothing was made does nothing, and says nothing', async () => {
    await remove();
    expect(account.calls).toEqual(['close groups']);
    expect(said).toEqual([]);
  });

  test('asks again to end a machine that its group was too busy to end', async () => {
    account.instances = new Map([['i-1', 'Pending']]);
    account.refusals = 2;
    await remove();
    expect(account.calls.filter((call) => call === 'terminate i-1')).toHaveLength(3);
  });

  test('tries a second time when the stack cannot be destroyed at once', async () => {
    account.stack = 'CREATE_COMPLETE';
    account.failures = 1;
    await remove();
    expect(account.calls.filter((call) => call === 'destroy')).toHaveLength(2);
    expect(said.at(-1)).toBe(`removed the stack ${NAME} with all it had`);
  });

  test('fails when the stack will not go', async () => {
    account.stack = 'CREATE_COMPLETE';
    account.failures = 2;
    await expect(remove()).rejects.toThrow('the VPC has dependencies');
  });

  test('fails when machines will not end, and names them and what the group said', async () => {
    account.instances = new Map([['i-1', 'InService']]);
    account.refusals = Number.POSITIVE_INFINITY;
    await expect(remove()).rejects.toMatchObject({
      message: 'i-1 did not end within 15 min',
      cause: expect.objectContaining({ message: 'activity in progress' }),
    });
  });
});

interface Account {
  instances: Map<string, string>;
  stack: string | undefined;
  secret: boolean;
  /** How often a group still refuses to end a machine, and the stack to be destroyed. */
  refusals: number;
  failures: number;
  readonly calls: string[];
}

function emptyAccount(): Account {
  return {
    instances: new Map(),
    stack: undefined,
    secret: false,
    refusals: 0,
    failures: 0,
    calls: [],
  };
}

async function remove(): Promise<void> {
  let now = 0;
  const options: CleanUpOptions = {
    account: {
      names: async () => [NAME],
      closeGroups: async () => void account.calls.push('close groups'),
      instances: async () => [...account.instances].map(([id, lifecycle]) => ({ id, lifecycle })),
      async terminate(id) {
        account.calls.push(`terminate ${id}`);
        if (account.refusals > 0) {
          account.refusals -= 1;
          throw new Error('activity in progress');
        }
        account.instances.set(id, 'Terminating');
      },
      stackStatus: async () => account.stack,
      async deleteSecret() {
        if (account.secret) account.calls.push('delete secret');
        return account.secret;
      },
    },
    async destroy() {
      account.calls.push('destroy');
      if (account.failures > 0) {
        account.failures -= 1;
        throw new Error('the VPC has dependencies');
      }
      account.stack = undefined;
    },
    say: (text) => void said.push(text),
    now: () => now,
    async sleep(ms) {
      now += ms;
      // A machine is gone a reading after it was asked to end.
      for (const [id, lifecycle] of account.instances) {
        if (lifecycle.startsWith('Terminating')) account.instances.delete(id);
      }
    },
  };
  await removeProbe(NAME, options);
}
