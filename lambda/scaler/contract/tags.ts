/** The tags of a fleet's group: what they are called, and what they say. */
import { decodeSchedules, encodeSchedules, type Schedule, schedulesProblem } from './schedules.ts';
import { SOURCE_RULES, type SourceName, SOURCES } from './sources.ts';
import { quote, wholeNumber } from './values.ts';

/** Tags an Auto Scaling group carries to take part. A group made by hand takes part if it has them. */
export const TAG = {
  /** Which scaler serves the group: the scaler's name. Discovery filters on it. */
  name: 'runner-scaler:name',
  /** Which CI system the queue belongs to; see `SOURCES`. */
  source: 'runner-scaler:source',
  /** What the jobs ask for: a name of the form that the source has; see `SOURCE_RULES`. */
  resourceClass: 'runner-scaler:resource-class',
  /** Optional: what only the source understands of the fleet, beyond the name of the class. */
  demand: 'runner-scaler:demand',
  /** Optional: name of the role of its machines, by which the registrar knows them for those of the group. */
  role: 'runner-scaler:role',
  /** Optional: runners kept ready beyond the demand. Default 0. */
  headroom: 'runner-scaler:headroom',
  /** Optional: hours in which more is kept ready or nothing is launched; see `Schedule`. Default: none. */
  schedule: 'runner-scaler:schedule',
  /**
   * Written by an operator: nothing is launched for the group, and nothing is ended; see `Hold`. Remove it
   * to go on.
   */
  hold: 'runner-scaler:hold',
  /** Written by the scaler itself, once a day: the day on which the fleet last had a task. */
  lastUsed: 'runner-scaler:last-used',
  /** Written by the scaler itself: why and since when launches are held back. Remove it to release them. */
  holdBack: 'runner-scaler:hold-back',
} as const;

/** Greatest number of runners one group can be asked to hold by this project. */
export const MAX_FLEET_SIZE = 10_000;

/** What a fleet's tags say. */
export interface FleetTags {
  readonly source: SourceName;
  readonly resourceClass: string;
  /** What only the source understands of the fleet. Default: the source needs nothing beyond the class. */
  readonly demand?: string;
  /** Name of the role of its machines. Default: nobody needs to know them. */
  readonly role?: string;
  readonly headroom: number;
  /** Default: the same at all hours. */
  readonly schedules?: readonly Schedule[];
}

export function encodeFleetTags(name: string, tags: FleetTags): Record<string, string> {
  const { schedules = [] } = tags;
  return {
    [TAG.name]: name,
    [TAG.source]: tags.source,
    [TAG.resourceClass]: tags.resourceClass,
    ...(tags.demand !== undefined && { [TAG.demand]: tags.demand }),
    ...(tags.role !== undefined && { [TAG.role]: tags.role }),
    ...(tags.headroom > 0 && { [TAG.headroom]: String(tags.headroom) }),
    ...(schedules.length > 0 && { [TAG.schedule]: encodeSchedules(schedules) }),
  };
}

/** The tags' meaning, or every problem found in them. */
export type DecodedTags =
  | { readonly ok: true; readonly tags: FleetTags }
  | { readonly ok: false; readonly problems: readonly string[] };

export function decodeFleetTags(tags: ReadonlyMap<string, string>): DecodedTags {
  const problems: string[] = [];
  const source = SOURCES.find((known) => known === tags.get(TAG.source));
  if (source === undefined) {
    problems.push(
      `tag ${TAG.source} is ${quote(tags.get(TAG.source))}; allowed: ${SOURCES.join(', ')}`,
    );
  }
  const resourceClass = tags.get(TAG.resourceClass) ?? '';
  const demand = tags.get(TAG.demand);
  const role = tags.get(TAG.role);
  if (source !== undefined) {
    const { className, demandProblem } = SOURCE_RULES[source];
    if (!className.pattern.test(resourceClass)) {
      problems.push(
        `tag ${TAG.resourceClass} is ${quote(tags.get(TAG.resourceClass))}; allowed: ${className.allowed}`,
      );
    }
    const problem = demandProblem(demand);
    if (problem !== undefined) problems.push(`tag ${TAG.demand} is ${quote(demand)}; ${problem}`);
  }
  const headroom = wholeNumber(tags.get(TAG.headroom) ?? '0', { least: 0, most: MAX_FLEET_SIZE });
  if (headroom === undefined) {
    problems.push(
      `tag ${TAG.headroom} is ${quote(tags.get(TAG.headroom))}; allowed: a whole number from 0 to ${MAX_FLEET_SIZE}`,
    );
  }
  const scheduled = tags.get(TAG.schedule);
  const schedules = scheduled === undefined ? [] : decodeSchedules(scheduled, MAX_FLEET_SIZE);
  if (schedules === undefined) problems.push(schedulesProblem(TAG.schedule, scheduled ?? ''));
  if (source === undefined || headroom === undefined || problems.length > 0) {
    return { ok: false, problems };
  }
  return {
    ok: true,
    tags: {
      source,
      resourceClass,
      headroom,
      ...(demand !== undefined && { demand }),
      ...(role !== undefined && { role }),
      ...(schedules !== undefined && schedules.length > 0 && { schedules }),
    },
  };
}

/** An operator's word that nothing is launched for a group. */
export type Hold =
  /** Until it is taken back; `npm run drain` writes it, and suspends the group's launches too. */
  | { readonly kind: 'drain' }
  /** Until it is taken back; `runner-scaler pause` writes it, and nothing else. */
  | { readonly kind: 'paused' }
  /** Until a moment, in milliseconds since the epoch. */
  | { readonly kind: 'until'; readonly at: number };

/** The tag's meaning, or its text where it has none: so much is then sure that somebody wanted a hold. */
export type DecodedHold = Hold | { readonly kind: 'unclear'; readonly text: string };

const DRAIN = 'drain';
const PAUSED = 'paused';

/** With a zone, because a time without one means another moment for the function than for its writer. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export const HOLD_ALLOWED =
  'drain, paused, or a time with its zone until which it holds, such as 2026-03-02T18:00:00Z';

export function encodeHold(hold: Hold): string {
  if (hold.kind === 'drain') return DRAIN;
  return hold.kind === 'paused' ? PAUSED : new Date(hold.at).toISOString();
}

/** @param text the value of the tag; undefined for a group without it */
export function decodeHold(text: string | undefined): DecodedHold | undefined {
  if (text === undefined) return undefined;
  const word = text.trim();
  if (word.toLowerCase() === DRAIN) return { kind: 'drain' };
  if (word.toLowerCase() === PAUSED) return { kind: 'paused' };
  const at = MOMENT.test(word) ? Date.parse(word) : Number.NaN;
  return Number.isNaN(at) ? { kind: 'unclear', text } : { kind: 'until', at };
}

/** The value of the tag `lastUsed`: the day, by UTC, so that it is written once a day. */
export function encodeLastUsed(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** @returns when the day began, in milliseconds since the epoch; undefined for what is no day */
export function decodeLastUsed(text: string | undefined): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
