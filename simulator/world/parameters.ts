/**
 * Everything the world does that neither AWS nor CircleCI document, as named parameters. Each has a
 * default and the range in which the truth may lie; results are worth showing at both ends of it.
 * "Not published" means that no figure was found, and that the range is a guess.
 */
import { CONTROLLER_PARAMETERS } from './controller-parameters.ts';
import { GROUP_PARAMETERS } from './group-parameters.ts';
import { MACHINE_PARAMETERS } from './machine-parameters.ts';
import { QUEUE_PARAMETERS } from './queue-parameters.ts';

export const PARAMETERS = {
  ...GROUP_PARAMETERS,
  ...MACHINE_PARAMETERS,
  ...QUEUE_PARAMETERS,
  ...CONTROLLER_PARAMETERS,
} as const;

/** One value for each parameter. */
export type Parameters = {
  readonly [Name in keyof typeof PARAMETERS]: (typeof PARAMETERS)[Name]['default'];
};
