/** Why a class could not be served, of whatever was thrown. */
import { errorFacts } from './contract/error-facts.ts';
import { DemandSourceError } from './demand/source.ts';
import { FleetError } from './fleet/fleets.ts';
import type { Failure } from './pass.ts';

export function failureOf(error: unknown): Failure {
  if (error instanceof DemandSourceError || error instanceof FleetError) {
    return { kind: error.kind, message: error.message };
  }
  const { name, message } = errorFacts(error);
  return {
    kind: 'unexpected',
    message: `${name}: ${message}; nobody has foreseen this, so report it with this line`,
  };
}
