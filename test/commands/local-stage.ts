/** A simulated account in virtual time, and what a command reaches in it, through the real clients. */
import { afterAll } from '@jest/globals';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from '../../commands/aws/account.ts';
import { functionLog } from '../../commands/aws/function-log.ts';
import { operatedGroups } from '../../commands/aws/groups.ts';
import { LOCAL_CLIENT } from '../../commands/aws/local.ts';
import { scalerLogGroup } from '../../config/fleet-names.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { localAccount, type LocalAccountOptions } from '../../simulator/account/local-account.ts';
import { queryError } from '../../simulator/emulators/aws-query.ts';
import { jsonRefusal } from '../../simulator/emulators/json-service.ts';
import type { Request, Response } from '../../simulator/emulators/server.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';
import { runnerScaler, type RunOptions } from '../cli/run.ts';
import { type Session, startSession } from '../cli/session.ts';
import { SURE, task } from '../simulator/world/tiny-world.ts';

export const START = Date.parse('2026-03-02T09:00:00Z');
export const MINUTE_MS = 60_000;
export const LINUX = 'acme/linux';
export const ARM = 'acme/arm';

const WRITTEN = {
  name: 'ci',
  resourceClasses: [
    { resourceClass: LINUX, max: 4 },
    { resourceClass: ARM, max: 10, architecture: 'arm64' },
  ],
} as const;

type LocalOptions = Pick<RunOptions, 'stdin' | 'onStdout'>;

export const CONFIG = resolveConfig(WRITTEN);

let session: Session | undefined;

afterAll(async () => session?.end());

/** Runs the command itself with the config, against an account; in a process of its own where it is watched. */
export async function typedLocally(
  url: string,
  args: readonly string[],
  options: LocalOptions = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'local-'));
  try {
    const file = join(folder, 'config.mjs');
    await writeFile(file, `export const config = ${JSON.stringify(WRITTEN)};\n`);
    const typed = [...args, '--config', file, '--local', url];
    if (options.onStdout) return await runnerScaler(typed, options);
    session ??= startSession();
    return await session.run(typed, options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function jsonError(status: number, code: string, message: string): Response {
  return jsonRefusal(code, message, status);
}

/** So many tasks of twenty minutes each, from the start on. */
export function tasks(count: number, differences: Partial<TaskSpec> = {}): readonly TaskSpec[] {
  return Array.from({ length: count }, () =>
    task({ releaseAt: START, durationMs: 20 * MINUTE_MS, ...differences }),
  );
}

/** Of a JSON service by its header, and of a REST service by its path. */
function actionOf({ path, headers }: Pick<Request, 'path' | 'headers'>): string {
  if (path.startsWith('/2015-03-31/functions/')) return 'GetFunctionConfiguration';
  if (path.startsWith('/schedules/')) return 'GetSchedule';
  return String(headers['x-amz-target']).replace(/^.*\./, '');
}

export type LocalStage = Awaited<ReturnType<typeof localStage>>;

export async function localStage(options: Partial<LocalAccountOptions> = {}) {
  const refused = new Map<string, { readonly code: string; times: number }>();
  const calls: string[] = [];
  const acts = new Map<string, () => void>();
  const account = await localAccount({
    config: CONFIG,
    tasks: [],
    startAt: START,
    ...options,
    parameters: { ...SURE, ...options.parameters },
    before(request) {
      const form = new URLSearchParams(request.body).get('Action');
      const action = form ?? actionOf(request);
      calls.push(action);
      acts.get(action)?.();
      acts.delete(action);
      const refusal = refused.get(action) ?? refused.get('*');
      if (refusal === undefined || refusal.times === 0) return undefined;
      refusal.times -= 1;
      const refuse = form === null ? jsonError : queryError;
      return refuse(400, refusal.code, 'the words of AWS');
    },
  });
  const client = { ...LOCAL_CLIENT, endpoint: account.url, maxAttempts: 1 };
  const startAt = options.startAt ?? START;
  const here: Account = {
    account: '123456789012',
    region: LOCAL_CLIENT.region,
    arn: 'arn:aws:iam::123456789012:user/simulated',
    where: 'the test',
    client,
  };
  return {
    ...account,
    here,
    groups: operatedGroups({
      client: new AutoScalingClient(client),
      name: 'ci',
      now: () => account.world.now(),
      sleep: async () => undefined,
    }),
    log: account.log,
    functionLog: functionLog({
      client: new CloudWatchLogsClient(client),
      logGroup: scalerLogGroup('ci'),
    }),
    now: () => account.world.now(),
    /** Goes on to so many seconds after the start. */
    async at(seconds: number) {
      await account.advanceTo(startAt + 1000 * seconds);
    },
    /** Every action that was asked for, in order. */
    calls,
    /** Refuses an action, or with `*` every one, so many times; without a number from now on. */
    refuse(action: string, code: string, times = Number.POSITIVE_INFINITY) {
      refused.set(action, { code, times });
    },
    /** What somebody does just before AWS answers such a call for the next time. */
    before(action: string, act: () => void) {
      acts.set(action, act);
    },
    allow(action: string) {
      refused.delete(action);
    },
    group: (resourceClass = LINUX) => {
      const found = CONFIG.fleets.find((fleet) => fleet.resourceClass === resourceClass);
      return account.world.groups().find(({ group }) => group === found?.group);
    },
  };
}
