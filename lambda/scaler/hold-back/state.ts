/**
 * The state of a hold-back, and the tag of the group that keeps it: the same in every container, and after a
 * cold start; a person can read it, and removes the tag, or sets it to `none`, to release the group.
 */
import type { Cause } from '../policy.ts';

export type State = Watch | Held;

/** A machine has said that something is wrong; how many of them end is counted from now on. */
export interface Watch {
  readonly kind: 'watch';
  readonly cause: Cause;
  /** Milliseconds since the epoch, whole seconds, as are all times here. */
  readonly since: number;
  /** The capacity that was wanted then, from which follows how many ends are too many. */
  readonly want: number;
}

/** Launching more is futile: no more is launched than one machine now and then, to see. */
export interface Held {
  readonly kind: 'held';
  readonly cause: Cause;
  readonly since: number;
  /** Before it no further machine is tried. */
  readonly next: number;
  /** The most tasks that have waited at once since then; each further one gets a machine to try. */
  readonly waiting: number;
  /** Version of the launch template at that time; undefined where the group names none by number. */
  readonly template: string | undefined;
}

/** The tag's value while nothing is held back and nothing watched. */
export const NONE = 'none';

/** As the value of a tag, which allows letters, digits, spaces and `+ - = . _ : / @`. */
export function encodeState(state: State | undefined): string {
  if (state === undefined) return NONE;
  const { kind, cause, since } = state;
  const begin = `${kind} ${cause} since ${timeOf(since)}`;
  if (state.kind === 'watch') return `${begin} want ${state.want}`;
  const template = state.template === undefined ? '' : ` template ${state.template}`;
  return `${begin} next ${timeOf(state.next)} waiting ${state.waiting}${template}`;
}

const TIME = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)`;
const WATCH = new RegExp(String.raw`^watch (\S+) since ${TIME} want (\d{1,5})$`);
const HELD = new RegExp(
  String.raw`^held (\S+) since ${TIME} next ${TIME} waiting (\d{1,9})(?: template (\d{1,9}))?$`,
);

const CAUSES: readonly Cause[] = ['boots-fail', 'agents-fail', 'tasks-unclaimed'];

/**
 * @returns undefined when nothing is held back or watched
 * @throws RangeError for a value that nobody could have written by this code
 */
export function decodeState(value: string | undefined): State | undefined {
  if (value === undefined || value === NONE) return undefined;
  const watch = WATCH.exec(value);
  const held = HELD.exec(value);
  const [, word, since = '', third = '', waiting = '', template] = watch ?? held ?? [];
  const cause = CAUSES.find((each) => each === word);
  const begin = Date.parse(since);
  if (cause !== undefined && !Number.isNaN(begin)) {
    if (watch !== null) return { kind: 'watch', cause, since: begin, want: Number(third) };
    const next = Date.parse(third);
    if (!Number.isNaN(next)) {
      return { kind: 'held', cause, since: begin, next, waiting: Number(waiting), template };
    }
  }
  throw new RangeError(
    `the hold-back is ${JSON.stringify(value)} and was taken for ${NONE}; allowed: ${NONE}, or what ` +
      'the scaler itself writes; remove the tag',
  );
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
