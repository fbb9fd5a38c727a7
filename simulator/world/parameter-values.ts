import type { Parameter } from './parameter-kinds.ts';
import { type Parameters, PARAMETERS } from './parameters.ts';
import type { Window } from './window.ts';
import type { Spread } from './random.ts';

/**
 * The defaults, with the given values in their place.
 *
 * @throws RangeError that lists every unknown name and every value its parameter cannot have
 */
export function parametersWith(values: Partial<Parameters> = {}): Parameters {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const parameter = DESCRIBED.get(name);
    if (parameter === undefined) {
      problems.push(`${name} is unknown; allowed: ${Array.from(DESCRIBED.keys()).join(', ')}`);
    } else if (!isUsable(value, parameter)) {
      const allowed = parameter.choices?.join(', ') ?? `${parameter.unit}, none negative`;
      problems.push(`${name} is ${JSON.stringify(value)}; allowed: ${allowed}`);
    }
  }
  if (problems.length > 0) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    throw new RangeError(`parameters are not usable:\n${list}`);
  }
  return { ...DEFAULTS, ...values };
}

const DESCRIBED = new Map<string, Parameter<unknown>>(Object.entries(PARAMETERS));

/** Every parameter's default. */
export const DEFAULTS: Parameters = defaults();

function defaults(): Parameters {
  const pairs: readonly unknown[][] = Object.entries(PARAMETERS).map(([name, parameter]) => [
    name,
    parameter.default,
  ]);
  return Object.fromEntries(pairs);
}

function isUsable(value: unknown, parameter: Parameter<unknown>): boolean {
  if (parameter.choices !== undefined) return parameter.choices.includes(value);
  if (Array.isArray(parameter.default)) return Array.isArray(value) && value.every(isWindow);
  if (typeof parameter.default !== 'number') return isSpread(value);
  const most = parameter.unit.startsWith('probability') ? 1 : Number.POSITIVE_INFINITY;
  return typeof value === 'number' && value >= 0 && value <= most;
}

function isSpread(value: unknown): value is Spread {
  if (typeof value !== 'object' || value === null) return false;
  if ('min' in value && 'max' in value) {
    const { min, max } = value;
    return isLength(min) && isLength(max) && min <= max;
  }
  return 'median' in value && 'sigma' in value && isLength(value.median) && isLength(value.sigma);
}

function isWindow(value: unknown): value is Window {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'from' in value &&
    'to' in value &&
    isLength(value.from) &&
    isLength(value.to) &&
    value.from < value.to
  );
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
