/** What a check found. */

/** Every check, in the order in which they are made. */
export const CHECKS = [
  'config',
  'credentials',
  'bootstrap',
  'stack',
  'secrets',
  'credential accepted',
  'classes',
  'vCPU quota',
  'schedule',
  'last pass',
  'images',
  'instance types',
  'network',
] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding {
  readonly check: Check;
  /** `unknown`: it could not be found out, which is not a good sign, and no bad one. */
  readonly verdict: 'ok' | 'problem' | 'unknown';
  readonly said: string;
  /** What to do. Of every problem. */
  readonly remedy?: string;
}

/** What one check says, before it is known which check it was. */
export type Said = Omit<Finding, 'check'>;

export function ok(said: string): Said {
  return { verdict: 'ok', said };
}

export function problem(said: string, remedy: string): Said {
  return { verdict: 'problem', said, remedy };
}

export function unknown(said: string): Said {
  return { verdict: 'unknown', said };
}

/** The problems, or one good word where there are none. */
export function problemsOr(said: string, found: readonly Said[]): readonly Said[] {
  return found.length > 0 ? found : [ok(said)];
}
