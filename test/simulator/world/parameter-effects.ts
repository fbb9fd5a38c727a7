/** What each parameter of the world does, shown in the smallest world that shows it. */
import type { Parameters } from '../../../simulator/world/parameters.ts';
import { CONTROLLER_EFFECTS } from './effects/controller.ts';
import type { Effect } from './effects/effect.ts';
import { GROUP_EFFECTS } from './effects/group.ts';
import { MACHINE_EFFECTS } from './effects/machine.ts';
import { QUEUE_EFFECTS } from './effects/queue.ts';

/** A parameter without an entry does not compile. */
export const EFFECTS: { readonly [Name in keyof Parameters]: Effect } = {
  ...GROUP_EFFECTS,
  ...MACHINE_EFFECTS,
  ...QUEUE_EFFECTS,
  ...CONTROLLER_EFFECTS,
};
