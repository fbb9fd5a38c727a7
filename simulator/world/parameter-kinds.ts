/** What kinds of parameters there are. */
import type { Spread } from './random.ts';
import type { Window } from './window.ts';

export interface Parameter<T> {
  readonly about: string;
  readonly unit: string;
  readonly default: T;
  /** The ends of the range in which the truth may lie. */
  readonly range: readonly [T, T];
  readonly source: string;
  /** The only values there are, if there are only these. */
  readonly choices?: readonly T[];
}

const SPREAD_UNIT = 'seconds, uniform { min, max } or lognormal { median, sigma }';

type Described<T> = Omit<Parameter<T>, 'unit'>;

export function spread(described: Described<Spread>): Parameter<Spread> {
  return { unit: SPREAD_UNIT, ...described };
}

export function seconds(described: Described<number>): Parameter<number> {
  return { unit: 'seconds', ...described };
}

export function probability(described: Omit<Described<number>, 'default'>): Parameter<number> {
  return { unit: 'probability, 0 to 1', default: 0, ...described };
}

export function windows(described: { readonly about: string }): Parameter<readonly Window[]> {
  return {
    unit: "windows { from, to, group? }, in seconds since the world's start",
    default: [],
    range: [[], []],
    source: 'an incident, chosen by who runs the world',
    ...described,
  };
}

export function choice<T>(described: Described<T> & { readonly unit?: string }): Parameter<T> {
  return { unit: 'a choice', ...described };
}
