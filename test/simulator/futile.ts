/** Launches that are futile for as long as a run lasts: why they are, and how many there may be. */
import { run } from '../../simulator/drive/run.ts';
import type { Parameters } from '../../simulator/world/parameters.ts';
import { smallRun, START, task } from './drive/small-run.ts';
import { HOUR_S, MAX } from './whole-run.ts';

export const FUTILE: readonly (readonly [what: string, parameters: Partial<Parameters>])[] = [
  ['boots fail', { bootFailure: 1 }],
  ['boots hang', { bootHang: 1 }],
  ['agents end at once', { agentDeath: 1, agentDeathAfter: { min: 0, max: 0 } }],
  ['agents end soon', { agentDeath: 1, agentDeathAfter: { min: 0, max: 40 } }],
  ['one word in five is lost', { agentDeath: 1, wordLoss: 0.2 }],
  ['nobody can claim the tasks', {}],
];

/** Who serves the passes: one container, or three in turn. */
export const ROUTINGS: readonly Partial<Parameters>[] = [
  {},
  { containers: 3, routing: 'round-robin' },
];

/** In the first hour, and in each after it. */
export function mostIn(hours: number): number {
  return 60 + (75 / 24) * (hours - 1);
}

/** Five tasks wait in vain for so many hours. A run ends when nothing is to come: one more task comes then. */
export async function inVain(hours: number, parameters: Partial<Parameters>) {
  const waiting = [1, 2, 3, 4, 5].map((name) => task(`waits ${name}`, 0, { unclaimable: true }));
  const { world, scalerIn } = smallRun({
    form: 'direct',
    tasks: [...waiting, task('last', hours * HOUR_S)],
    parameters,
    fleet: { max: MAX },
  });
  await run({ world, scalerIn, endAt: START + hours * HOUR_S * 1000 });
  const [record] = world.record();
  if (record === undefined) throw new Error('the world has no class');
  return record.totals;
}
