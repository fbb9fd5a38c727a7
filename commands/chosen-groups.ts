/** Which groups a command is about, by the names of classes. */
import { nearest } from '../config/nearest.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { TAG } from '../lambda/scaler/contract.ts';
import type { OperatedGroup } from './aws/groups.ts';

/** Thrown where a command cannot go on; says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Thrown where there is no stack of the scaler. */
export class NothingDeployed extends CommandError {}

interface Place {
  /** The account and the region, in words. */
  readonly where: string;
  readonly config: Pick<ResolvedConfig, 'name' | 'fleets'>;
}

/**
 * The groups of some classes, or of all where none is named.
 *
 * @throws CommandError where there is nothing of what was named
 */
export function chosenGroups(
  found: readonly OperatedGroup[],
  { where, config }: Place,
  classes: readonly string[],
): readonly OperatedGroup[] {
  if (found.length === 0) {
    throw new CommandError(
      `no group has the tag ${TAG.name} = ${config.name} in ${where}; ` +
        'if the stack is elsewhere, choose with --region, AWS_REGION or AWS_PROFILE, or another --config',
    );
  }
  const there = [...new Set(found.map(({ resourceClass }) => resourceClass))];
  const missing = classes.find((name) => !there.includes(name));
  if (missing === undefined) {
    return classes.length === 0
      ? found
      : found.filter(({ resourceClass }) => classes.includes(resourceClass));
  }
  const configured = config.fleets.some(({ resourceClass }) => resourceClass === missing);
  if (configured) {
    throw new CommandError(
      `the resource class ${missing} is in the config, but has no group in ${where}: it is not deployed there; groups there serve: ${there.join(', ')}`,
    );
  }
  const meant = nearest(missing, there);
  throw new CommandError(
    `the resource class ${missing} is unknown` +
      (meant === undefined
        ? `; groups there serve: ${there.join(', ')}`
        : `; did you mean ${meant}?`),
  );
}
