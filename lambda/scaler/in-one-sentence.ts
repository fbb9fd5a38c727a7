import { errorFacts } from './contract/error-facts.ts';
import { SettingsError } from './contract/settings.ts';
import { FleetError } from './fleet/fleets.ts';
import { InvocationError } from './invocation.ts';

/**
 * An error as the runtime shall log it: what is wrong and what to do, without the stack that the runtime would add, and
 * once. Of one that nobody has foreseen the place where it arose is kept, for whoever it is reported to.
 */
export function inOneSentence(thrown: unknown): Error {
  const { name, message } = errorFacts(thrown);
  const isForeseen = [SettingsError, FleetError, InvocationError].some(
    (foreseen) => thrown instanceof foreseen,
  );
  const sentence = isForeseen ? message : `${message}${placeOf(thrown)}; report this line`;
  const told = new Error(sentence);
  told.name = name;
  told.stack = `${name}: ${sentence}`;
  return told;
}

/** The first place in the stack. */
function placeOf(thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const [, place] = /^\s+at (.+)$/m.exec(stack) ?? [];
  return place === undefined ? '' : ` (at ${place})`;
}
