/**
 * Many machines that boot within a minute, several containers, and GitHub's limit. All of it is a quarter of a thousand
 * machines, of 20 containers and of 180 runners a minute.
 */
import { afterEach, expect, test } from '@jest/globals';
import type { Received } from '../../http-server.ts';
import { said } from './github.ts';
import { arnOf, callsOf, closeStage, container, ROLE, stage } from './stage.ts';

afterEach(closeStage);

const MACHINES = 250;
const CONTAINERS = 5;
const MOST_A_MINUTE = 45;
const MINUTE_MS = 60_000;

/** For so long agents/github/agent.sh asks: the default of bootTimeoutMinutes, less two minutes for what follows. */
const PATIENCE_MS = 8 * MINUTE_MS;

/** When a machine that was refused comes again, in milliseconds from now; `after` is NaN where nobody says. */
type Pause = (refusal: {
  readonly after: number;
  readonly tries: number;
  readonly random: number;
}) => number;

/** As agents/github/agent.sh waits. */
const asTheMachine: Pause = ({ after, tries, random }) =>
  after > 0 ? after + Math.floor(random * 10) * 100 : byItself({ after, tries, random });

/** As agents/github/agent.sh waits for what says no time: about 1, 2, 4, 8, and then 16 s. */
const byItself: Pause = ({ tries, random }) => 1_000 * 2 ** Math.min(tries - 1, 4) * (0.5 + random);

async function swarm(pause: Pause) {
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
  const due = Array.from({ length: MACHINES }, (_, index) => {
    const at = began + random() * MINUTE_MS;
    return { id: `i-${index.toString(16).padStart(17, '0')}`, at, first: at, tries: 1 };
  });
  const waits: number[] = [];
  const registered = new Set<string>();
  // An end of its own, so that what is wrong is no hang.
  for (let calls = 0; calls < 40 * MACHINES; calls += 1) {
    due.sort((one, other) => other.at - one.at);
    const machine = due.pop();
    if (machine === undefined) break;
    clock.advance(Math.max(machine.at - clock.now(), 0));
    const serve = containers[Math.floor(random() * CONTAINERS)];
    const { status, headers = {} } = (await serve?.register('x64', arnOf(ROLE, machine.id))) ?? {};
    const { tries, first } = machine;
    const left = first + PATIENCE_MS - clock.now();
    const after = Number(headers['retry-after']) * 1000;
    if (status === 200) {
      registered.add(machine.id);
      waits.push(clock.now() - first);
    } else if (left > 0) {
      const wait = Math.min(pause({ after, tries, random: random() }), left);
      due.push({ ...machine, at: clock.now() + wait, tries: tries + 1 });
    }
  }
  const names = new Set([...state.runners.values()].map(({ name }) => name));
  return {
    registered: registered.size,
    runners: names.size,
    minted: state.minted.length,
    minutes: (clock.now() - began) / MINUTE_MS,
    /** Of the machine that waited longest. */
    longest: Math.max(...waits) / MINUTE_MS,
    refused,
    callsOfAws: aws.received.length,
  };
}

test.each<[name: string, pause: Pause]>([
  ['wait as they are told', asTheMachine],
  ['ask again by themselves', byItself],
])(
  "a swarm of machines that %s is registered, each once, within GitHub's limit",
  async (_name, pause) => {
    const { registered, runners, minted, minutes, longest, refused, callsOfAws } =
      await swarm(pause);
    expect([registered, runners, minted]).toEqual([MACHINES, MACHINES, MACHINES]);
    // At 45 a minute it takes 5.6 minutes if every call is made at the right moment.
    expect(minutes).toBeLessThan(8);
    // None has given up, nor would have a minute before.
    expect(longest).toBeLessThan(7);
    expect(refused).toBeLessThan(10 * CONTAINERS);
    // The instance of each that GitHub was asked for, and the group's tags.
    expect(callsOfAws).toBeLessThan(2 * MACHINES);
  },
);

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
