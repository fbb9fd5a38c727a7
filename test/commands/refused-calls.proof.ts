/** Each call of each command, refused in turn. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { TAG } from '../../lambda/scaler/contract.ts';
import type { Request } from '../../simulator/emulators/server.ts';
import { CALLER, callOf, deniedWords, isOfScaler, refusedAs, resourceOf } from './calls.ts';
import { readyStage, type ReadyStage, SOURCE_CONFIGS } from './each-source-stage.ts';

const LINUX = 'acme/linux';
const WHO = 'sts:GetCallerIdentity';
const GROUPS = 'autoscaling:DescribeAutoScalingGroups';
const STACK = ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'];
const SETTINGS = 'lambda:GetFunctionConfiguration';

interface Case {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** The tag of the group before it. */
  readonly hold?: string;
  /** In this order, where one follows from another. */
  readonly calls: readonly string[];
  /** The row of docs/commands.md that lists them. */
  readonly row: string;
}

const CASES: readonly Case[] = [
  { args: ['status'], calls: [WHO, GROUPS, 'logs:FilterLogEvents'], row: 'status' },
  {
    args: ['explain', LINUX],
    calls: [WHO, GROUPS, 'logs:FilterLogEvents', 'autoscaling:DescribeScalingActivities'],
    row: 'explain',
  },
  {
    args: ['pause', LINUX],
    calls: [WHO, GROUPS, 'autoscaling:CreateOrUpdateTags'],
    row: 'pause',
  },
  {
    args: ['resume', LINUX],
    hold: 'paused',
    calls: [WHO, GROUPS, 'autoscaling:DeleteTags'],
    row: 'pause',
  },
  {
    args: ['secret', 'set'],
    stdin: 'a-token',
    calls: [WHO, ...STACK, SETTINGS, 'secretsmanager:PutSecretValue'],
    row: 'secret set',
  },
  {
    args: ['secret', 'set', LINUX],
    stdin: 'a-token',
    calls: [WHO, ...STACK, 'secretsmanager:PutSecretValue'],
    row: 'secret set',
  },
  {
    args: ['reconcile', '--dry-run'],
    calls: [WHO, ...STACK, SETTINGS, GROUPS, 'secretsmanager:GetSecretValue'],
    row: 'reconcile',
  },
  {
    args: ['drain', '--class', LINUX],
    calls: [WHO, GROUPS, 'autoscaling:CreateOrUpdateTags', 'autoscaling:SuspendProcesses'],
    row: 'drain',
  },
  {
    args: ['drain', '--class', LINUX, '--undo'],
    hold: 'drain',
    calls: [WHO, GROUPS, 'autoscaling:ResumeProcesses', 'autoscaling:DeleteTags'],
    row: 'drain',
  },
  {
    args: ['drain', '--class', LINUX, '--end-now', '--yes'],
    calls: [
      WHO,
      GROUPS,
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:SuspendProcesses',
      'autoscaling:TerminateInstanceInAutoScalingGroup',
    ],
    row: 'drain',
  },
];

let it: ReadyStage;
let asked: string[];
let refuse: (call: string) => string | undefined;

beforeEach(async () => {
  asked = [];
  refuse = () => undefined;
  const before = (request: Request) => {
    if (isOfScaler(request)) return undefined;
    const call = callOf(request);
    asked.push(call);
    const code = refuse(call);
    return code === undefined ? undefined : refusedAs(request, code, deniedWords(call));
  };
  it = await readyStage(SOURCE_CONFIGS.circleci, { before });
});

afterEach(async () => it.close());

function prepare({ hold }: Case): void {
  const { group = '' } = it.group() ?? {};
  it.world.removeTag(group, TAG.hold);
  it.world.resumeProcesses(group, ['Launch']);
  if (hold !== undefined) it.world.setTag(group, TAG.hold, hold);
  if (hold === 'drain') it.world.suspendProcesses(group, ['Launch']);
}

const DENIED: Readonly<Record<string, string>> = {
  sts: 'AccessDenied',
  autoscaling: 'AccessDenied',
  cloudformation: 'AccessDenied',
};

/** Every command makes it first, and all by the same function. */
const FIRST = WHO;

/** A process for each call. */
const TIMEOUT_MS = 300_000;

test.each(CASES)(
  '$args names each call that is denied, with its resource',
  async (command) => {
    const { args, stdin = '', calls, row } = command;
    const seen = new Set<string>();
    for (const denied of calls.filter((call) => call !== FIRST || args[0] === 'status')) {
      prepare(command);
      asked = [];
      const [service = ''] = denied.split(':');
      refuse = (call) =>
        call === denied ? (DENIED[service] ?? 'AccessDeniedException') : undefined;
      const { code, stdout, stderr } = await it.typed(args, { stdin });
      expect({ denied, code }).toEqual({ denied, code: 1 });
      expect(asked).toContain(denied);
      for (const call of asked) seen.add(call);
      const said = stdout + stderr;
      for (const part of [CALLER, denied, resourceOf(denied)]) expect(said).toContain(part);
      expect(said).not.toMatch(/^ {4}at /m);
    }
    // It makes no others, and the page lists them.
    expect([...seen].sort()).toEqual([...calls].sort());
    const listed = listedFor(row);
    for (const call of calls) expect(listed).toContain(call);
  },
  TIMEOUT_MS,
);

test('a command is refused an expired session in one sentence, whichever call meets it', async () => {
  for (const expired of [WHO, GROUPS, 'logs:FilterLogEvents']) {
    refuse = (call) => (call === expired ? 'ExpiredToken' : undefined);
    const { code, stdout, stderr } = await it.typed(['status']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^the AWS session has expired \(.*\); log in again, and repeat the .*\n$/,
    );
  }
});

test('a command outlives calls that are each throttled twice', async () => {
  const times = new Map<string, number>();
  refuse = (call) => {
    const count = times.get(call) ?? 0;
    times.set(call, count + 1);
    return count < 2 ? 'Throttling' : undefined;
  };
  const { code, stdout } = await it.typed(['status', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ scaler: 'ci' });
  expect(times.get(GROUPS)).toBe(3);
});

/** Every permission in the row of the page, and in those it refers to. */
function listedFor(row: string): string {
  const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
  const permissions = page.slice(page.indexOf('\n## Permissions'));
  const lineOf = (command: string) =>
    permissions.split('\n').find((line) => line.startsWith(`| \`${command}\``)) ?? '';
  const removing = new URL('../../docs/removing.md', import.meta.url);
  return [
    WHO,
    lineOf(row),
    row === 'explain' ? lineOf('status') : '',
    row === 'drain' ? readFileSync(removing, 'utf8') : '',
  ].join('\n');
}
