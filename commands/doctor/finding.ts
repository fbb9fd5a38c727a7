/** What a check found. */
import { AwsError } from '../aws/refusal.ts';
import { CommandError } from '../chosen-groups.ts';

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
  /** What to do. Of every problem, and of what else something can be done about. */
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

export function unknown(said: string, remedy?: string): Said {
  return { verdict: 'unknown', said, ...(remedy !== undefined && { remedy }) };
}

/** The problems, or one good word where there are none. */
export function problemsOr(said: string, found: readonly Said[]): readonly Said[] {
  return found.length > 0 ? found : [ok(said)];
}

/** Thrown where what a check looks at is not there at all, which another check says. */
export class NotThereYet extends Error {
  override readonly name = 'NotThereYet';
  readonly said: Said;

  constructor(said: Said) {
    super(said.said);
    this.said = said;
  }
}

/** A part of a check: what AWS refuses of it keeps no other part from being made. */
export async function part(work: () => Promise<readonly Said[]>): Promise<readonly Said[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandError) return [problem(error.message, 'npx cdk deploy')];
    return [unknown(refusalIn(error))];
  }
}

/** What a check asks for, or what keeps it from being known. */
export type Asked<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly said: Said };

export async function asked<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { known: true, value: await ask() };
  } catch (error) {
    return { known: false, said: unknown(refusalIn(error)) };
  }
}

/** @throws what is no refusal, or ends the whole examination */
function refusalIn(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  if (!(error instanceof AwsError) || error.kind === 'expired') throw error;
  return error.message;
}
