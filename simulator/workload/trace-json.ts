/** Reads jobs from JSON as rows of text: an array of objects, one object per line, or an API's answer. */
import { isObject } from '../../lambda/scaler/contract.ts';
import { TraceError } from './trace-error.ts';

export interface JsonRows {
  /** Every key of any object, in order of first mention; those of an inner object are joined by `_`. */
  readonly header: readonly string[];
  readonly rows: readonly {
    readonly cells: readonly string[];
    /** Line of the file, or number of the object in its array, from 1. */
    readonly place: number;
  }[];
  readonly placedBy: 'line' | 'entry';
}

type Json = Readonly<Record<string, unknown>>;

/** @throws TraceError when the text is no JSON, or holds anything but objects */
export function jsonRows(text: string): JsonRows {
  const whole = parsed(text);
  const placed = whole === undefined ? ofLines(text) : ofArray(whole);
  const flat = placed.objects.map(flattened);
  const header = [...new Set(flat.flatMap((cells) => [...cells.keys()]))];
  const rows = flat.map((cells, index) => ({
    cells: header.map((key) => cells.get(key) ?? ''),
    place: placed.places[index] ?? 0,
  }));
  return { header, rows, placedBy: placed.by };
}

interface Placed {
  readonly objects: readonly Json[];
  readonly places: readonly number[];
  readonly by: 'line' | 'entry';
}

function ofArray(whole: unknown): Placed {
  const entries = arrayIn(whole).flatMap(jobsOf);
  const objects = entries.map((entry, index) => {
    if (isObject(entry)) return entry;
    throw new TraceError('is no object; a JSON trace is an array of objects, one for each job', {
      entry: index + 1,
    });
  });
  return { objects, places: objects.map((_, index) => index + 1), by: 'entry' };
}

/** An API answers with an object that holds the jobs: `{ "total_count": 3, "jobs": [ … ] }`. */
function arrayIn(whole: unknown): readonly unknown[] {
  if (Array.isArray(whole)) return whole;
  const lists = isObject(whole)
    ? Object.values(whole).filter((value) => Array.isArray(value) && value.some(isObject))
    : [];
  const [list, another] = lists;
  if (another === undefined && Array.isArray(list)) return list;
  return [whole];
}

/** A page of an answer that has several, as `gh api --paginate` prints them; anything else is a job. */
function jobsOf(entry: unknown): readonly unknown[] {
  const jobs = isObject(entry) ? entry['jobs'] : undefined;
  return Array.isArray(jobs) && jobs.every(isObject) ? jobs : [entry];
}

function ofLines(text: string): Placed {
  const objects: Json[] = [];
  const places: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = parsed(line);
    if (!isObject(value)) {
      throw new TraceError(
        'is not JSON; allowed: CSV with a header, one JSON array of objects, or one JSON object per line',
        { line: index + 1 },
      );
    }
    for (const job of jobsOf(value).filter(isObject)) {
      objects.push(job);
      places.push(index + 1);
    }
  }
  return { objects, places, by: 'line' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The values of an object and of the objects in it, as text. Lists of objects are left out. */
function flattened(object: Json): ReadonlyMap<string, string> {
  const cells = new Map<string, string>();
  for (const [key, value] of Object.entries(object)) {
    if (!isObject(value)) cells.set(key, cellOf(value));
  }
  for (const [key, inner] of Object.entries(object)) {
    if (!isObject(inner)) continue;
    for (const [name, value] of Object.entries(inner)) {
      const joined = `${key}_${name}`;
      if (!isObject(value) && !cells.has(joined)) cells.set(joined, cellOf(value));
    }
  }
  return cells;
}

function cellOf(value: unknown): string {
  if (Array.isArray(value)) return value.filter((part) => !isObject(part)).join(',');
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}
