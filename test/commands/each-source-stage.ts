/** A simulated account of any config in real time, as `runner-scaler local` keeps it, and commands typed in it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { localAccount, type LocalAccountOptions } from '../../simulator/account/local-account.ts';
import { type Ended, runnerScaler, type RunOptions } from '../cli/run.ts';
import { callOf, isOfScaler } from './calls.ts';
import { SURE, task } from '../simulator/world/tiny-world.ts';

const CIRCLECI = [{ resourceClass: 'acme/linux', max: 4 }];
const GITHUB = { owners: ['acme'], fleets: [{ name: 'linux', labels: ['linux'], max: 4 }] };
const GITLAB = {
  url: 'https://gitlab.example.com',
  scope: 'instance' as const,
  fleets: [{ name: 'lab', runner: 7, max: 4 }],
};

export const SOURCE_CONFIGS = {
  circleci: { name: 'ci', resourceClasses: CIRCLECI },
  github: { name: 'hub', github: GITHUB },
  gitlab: { name: 'lab', gitlab: GITLAB },
} as const satisfies Record<string, ScalerConfig>;

export const MIXED: ScalerConfig = {
  name: 'mixed',
  resourceClasses: CIRCLECI,
  github: GITHUB,
  gitlab: GITLAB,
};

export type ReadyStage = Awaited<ReturnType<typeof readyStage>>;

const MINUTE_MS = 60_000;

/** Three minutes old, with two long jobs of each class that run, and of its first class two more than its maximum. */
export async function readyStage(
  written: ScalerConfig,
  options: Partial<Pick<LocalAccountOptions, 'before' | 'startAt' | 'parameters'>> = {},
) {
  const config = resolveConfig(written);
  const [first] = config.fleets;
  if (first === undefined) throw new Error('the config has no class');
  const { startAt = Date.now() - 3 * MINUTE_MS } = options;
  const waiting = (count: number, resourceClass: string) =>
    Array.from({ length: count }, () =>
      task({ resourceClass, releaseAt: startAt, durationMs: 60 * MINUTE_MS }),
    );
  const onCall = new Map<string, () => void>();
  const account = await localAccount({
    config,
    tasks: config.fleets.flatMap(({ resourceClass, max }) =>
      waiting(resourceClass === first.resourceClass ? max + 2 : 2, resourceClass),
    ),
    ...options,
    before(request) {
      const call = isOfScaler(request) ? '' : callOf(request);
      const act = onCall.get(call);
      onCall.delete(call);
      act?.();
      return options.before?.(request);
    },
    startAt,
    parameters: { ...SURE, ...options.parameters },
  });
  await account.advanceTo(startAt + 3 * MINUTE_MS);
  const folder = await mkdtemp(join(tmpdir(), 'stage-'));
  const file = join(folder, 'config.mjs');
  await writeFile(file, `export const config = ${JSON.stringify(written)};\n`);
  const typed = async (
    args: readonly string[],
    { url = account.url, ...run }: RunOptions & { readonly url?: string } = {},
  ): Promise<Ended> => runnerScaler([...args, '--config', file, '--local', url], run);
  return {
    ...account,
    config,
    resourceClass: first.resourceClass,
    group: (resourceClass = first.resourceClass) => {
      const fleet = config.fleets.find((each) => each.resourceClass === resourceClass);
      return account.world.groups().find(({ group }) => group === fleet?.group);
    },
    typed,
    /** Runs a command that is interrupted while AWS answers a call for the first time. */
    interrupted: async (args: readonly string[], call: string): Promise<Ended> =>
      typed(args, { onStart: (child) => onCall.set(call, () => child.kill('SIGINT')) }),
    /** What somebody else does when a call is made for the first time from now on. */
    when(call: string, act: () => void) {
      onCall.set(call, act);
    },
    async close() {
      await account.close();
      await rm(folder, { recursive: true });
    },
  };
}
