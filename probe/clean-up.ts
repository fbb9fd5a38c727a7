/** Removes everything that a probe made. May be started at any moment of the probe, and repeated. */
import type { Listed } from './port.ts';

/** What probes have in an account. */
export interface ProbesAccount {
  /** Of all probes, whole or in parts. */
  names(): Promise<readonly string[]>;
  /** Lets the groups of a probe launch nothing more. */
  closeGroups(name: string): Promise<void>;
  instances(name: string): Promise<readonly Listed[]>;
  terminate(id: string): Promise<void>;
  /** CloudFormation's word for the state of the stack; undefined when there is none. */
  stackStatus(name: string): Promise<string | undefined>;
  /** @returns false when there was none */
  deleteSecret(name: string): Promise<boolean>;
}

export interface CleanUpOptions {
  readonly account: ProbesAccount;
  readonly destroy: (name: string) => Promise<void>;
  readonly say: (text: string) => void;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Machines may take minutes to shut down. */
const EMPTY_WITHIN_MS = 15 * 60_000;
const LOOK_EVERY_MS = 3000;

/**
 * Ends the machines first, since CloudFormation cannot end them while they are protected from
 * scale-in. Then removes the stack, a second time if the first fails: what machines leave behind, such as
 * network interfaces, may be gone a little later than they are.
 *
 * @throws Error that says what is left
 */
export async function removeProbe(name: string, options: CleanUpOptions): Promise<void> {
  const { account, destroy, say } = options;
  const ended = await endMachines(name, options);
  if (ended > 0) say(`ended ${ended} ${ended === 1 ? 'instance' : 'instances'}`);
  if ((await account.stackStatus(name)) !== undefined) {
    try {
      await destroy(name);
    } catch (error) {
      say(`the removal of the stack ${name} failed and is tried again: ${String(error)}`);
      await destroy(name);
    }
    const status = await account.stackStatus(name);
    if (status !== undefined) throw new Error(`the stack ${name} is still there: ${status}`);
    say(`removed the stack ${name} with all it had`);
  }
  if (await account.deleteSecret(name)) say(`removed the secret ${name}`);
}

async function endMachines(name: string, { account, now, sleep }: CleanUpOptions): Promise<number> {
  const begin = now();
  const asked = new Set<string>();
  let problem: unknown;
  await account.closeGroups(name);
  for (;;) {
    const listed = await account.instances(name);
    for (const { id, lifecycle } of listed) {
      if (lifecycle.startsWith('Terminat') || asked.has(id)) continue;
      try {
        await account.terminate(id);
        asked.add(id);
      } catch (error) {
        // A group may be busy with a launch; then the next round tries again.
        problem = error;
      }
    }
    if (listed.length === 0) return asked.size;
    if (now() - begin > EMPTY_WITHIN_MS) {
      const ids = listed.map(({ id }) => id).join(', ');
      throw new Error(`${ids} did not end within ${EMPTY_WITHIN_MS / 60_000} min`, {
        cause: problem,
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}
