/** A thousand machines that boot within a minute, several containers, and GitHub's limit of 180 runners a minute. */
import { afterEach, expect, test } from '@jest/globals';
import type { Received } from '../../http-server.ts';
import { said } from './github.ts';
import { arnOf, callsOf, closeStage, container, ROLE, stage } from './stage.ts';

afterEach(closeStage);

const MACHINES = 1_000;
const CONTAINERS = 20;
const MOST_A_MINUTE = 180;
const MINUTE_MS = 60_000;

test('a swarm of machines is registered, each once, as fast as GitHub allows', async () => {
  let now = () => 0;
  let refused = 0;
  let minted: readonly number[] = [];
  // As unkind as can be thought: what is refused counts, too.
  const github = ({ path }: Received) => {
    if (!path.endsWith('generate-jitconfig')) return undefined;
    minted = [...minted, now()].filter((at) => now() - at < MINUTE_MS);
    if (minted.length <= MOST_A_MINUTE) return undefined;
    refused += 1;
    return said(403, 'You have exceeded a secondary rate limit', { 'retry-after': '60' });
  };
  const random = seeded(1);
  const options = { github, random };
  const { clock, lines, urls, state, aws } = await stage(options);
  now = () => clock.now();
  const containers = Array.from({ length: CONTAINERS }, () =>
    callsOf(container({ options, urls, clock, lines })),
  );

  const began = clock.now();
  const due = Array.from({ length: MACHINES }, (_, index) => ({
    id: `i-${index.toString(16).padStart(17, '0')}`,
    at: began + random() * MINUTE_MS,
  }));
  let calls = 0;
  let registered = 0;
  for (;;) {
    due.sort((one, other) => other.at - one.at);
    const machine = due.pop();
    if (machine === undefined) break;
    clock.advance(Math.max(machine.at - clock.now(), 0));
    const serve = containers[Math.floor(random() * CONTAINERS)];
    const { status, headers = {} } = (await serve?.register('x64', arnOf(ROLE, machine.id))) ?? {};
    calls += 1;
    if (status === 200) registered += 1;
    else due.push({ ...machine, at: clock.now() + Number(headers['retry-after']) * 1000 });
  }

  expect(registered).toBe(MACHINES);
  expect(state.minted).toHaveLength(MACHINES);
  expect(new Set([...state.runners.values()].map(({ name }) => name)).size).toBe(MACHINES);
  // At 180 a minute it takes 5.6 minutes if every call is made at the right moment.
  expect((clock.now() - began) / MINUTE_MS).toBeLessThan(10);
  expect(refused).toBeLessThan(150);
  // The instance of each that GitHub was asked for, and the group's tags.
  expect(aws.received.length).toBeLessThan(2 * MACHINES);
  expect(calls).toBeLessThan(4 * MACHINES);
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
