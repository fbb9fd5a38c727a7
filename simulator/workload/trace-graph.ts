/** Which jobs of a trace wait for which: from its dependency column, or assumed from ordered stages. */
import { TraceError } from './trace-error.ts';
import { neverRanKey } from './trace-jobs.ts';
import type { Jobs } from './trace-jobs.ts';

/** For every job the jobs that must end first, by index. Jobs of one stage share one list. */
export type Graph = readonly (readonly number[])[];

export const NOTHING: readonly number[] = [];

/** Stands for every job that no other stage's word names. */
const REST_STAGE = '*';

/**
 * The graph that the dependency column says.
 *
 * @param column the column's name, for messages
 * @throws TraceError for a name that is no job of the same build, and for jobs that wait in a circle
 */
export function graphFromColumn(jobs: Jobs, column: string): Graph {
  const graph: (readonly number[])[] = jobs.lines.map(() => NOTHING);
  const byName = new Map<number, Map<string, number[]>>();
  for (const [index, build] of jobs.builds.entries()) {
    const members = byName.get(build) ?? new Map<string, number[]>();
    byName.set(build, members);
    const name = jobs.jobNames.texts[jobs.names[index] ?? 0] ?? '';
    const same = members.get(name);
    if (same === undefined) members.set(name, [index]);
    else same.push(index);
  }
  for (const [index, text] of jobs.after) {
    const build = jobs.builds[index] ?? 0;
    const members = byName.get(build) ?? new Map<string, number[]>();
    graph[index] = namesIn(text, members).flatMap((name) => {
      const named = members.get(name);
      if (named !== undefined) return named;
      if (jobs.neverRan.has(neverRanKey(build, name))) return NOTHING;
      throw new TraceError(
        `${JSON.stringify(name)} is no job of build ${jobs.buildNames.texts[build]}; its jobs are ${some([...members.keys()])}`,
        { line: jobs.lines[index], column },
      );
    });
  }
  refuseCircles(jobs, graph, column);
  return graph;
}

/** A job's name may hold a comma itself, so the whole text is tried first. */
function namesIn(text: string, members: ReadonlyMap<string, unknown>): readonly string[] {
  if (members.has(text)) return [text];
  const bare = text.replace(/^\[(.*)\]$/s, '$1');
  const names = bare
    .split(bare.includes(';') ? ';' : ',')
    .map((name) => name.trim().replace(/^(["'])(.*)\1$/s, '$2'))
    .filter((name) => name !== '');
  return [...new Set(names)];
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name));
  return `${shown.join(', ')}${names.length > shown.length ? `, … (${names.length})` : ''}`;
}

/** Removes jobs that wait for no remaining job until none is left; what remains is in a circle or behind one. */
function refuseCircles(jobs: Jobs, graph: Graph, column: string): void {
  const waitsFor = Int32Array.from(graph, (before) => before.length);
  const releases = new Map<number, number[]>();
  for (const [index, before] of graph.entries()) {
    for (const job of before) {
      const next = releases.get(job);
      if (next === undefined) releases.set(job, [index]);
      else next.push(index);
    }
  }
  const free = [...waitsFor.keys()].filter((index) => waitsFor[index] === 0);
  for (let job = free.pop(); job !== undefined; job = free.pop()) {
    for (const next of releases.get(job) ?? NOTHING) {
      waitsFor[next] = (waitsFor[next] ?? 0) - 1;
      if (waitsFor[next] === 0) free.push(next);
    }
  }
  const stuck = waitsFor.findIndex((count) => count > 0);
  if (stuck === -1) return;
  const circle = circleBefore(graph, waitsFor, stuck);
  const names = circle.map((job) => jobs.jobNames.texts[jobs.names[job] ?? 0]);
  throw new TraceError(
    `jobs of build ${jobs.buildNames.texts[jobs.builds[stuck] ?? 0]} wait for each other in a circle: ${names.join(' -> ')}`,
    { line: jobs.lines[circle[0] ?? stuck], column },
  );
}

function circleBefore(graph: Graph, waitsFor: Int32Array, stuck: number): readonly number[] {
  const path: number[] = [];
  let job: number | undefined = stuck;
  while (job !== undefined && !path.includes(job)) {
    path.push(job);
    job = graph[job]?.find((before) => (waitsFor[before] ?? 0) > 0);
  }
  return job === undefined ? path : [...path.slice(path.indexOf(job)), job];
}

/** A graph made of stages, with the jobs that no stage names. */
export interface StagedGraph {
  readonly graph: Graph;
  /** Names of jobs that belong to no stage; they wait for nothing. */
  readonly unstaged: readonly string[];
}

/**
 * An assumed graph: a job belongs to the first stage whose word occurs in its name, and waits for all
 * jobs of the nearest earlier stage of its build that has any.
 *
 * @param stages words in order, `*` for the rest; a word counts whole and in any case, and anything
 *   but a letter or a digit ends a word: `build` occurs in `pdf_build`, not in `rebuild`
 */
export function graphFromStages(jobs: Jobs, stages: readonly string[]): StagedGraph {
  const rest = stages.indexOf(REST_STAGE);
  const patterns = stages.map((word) => (word === REST_STAGE ? undefined : wholeWord(word)));
  const stageOfName = jobs.jobNames.texts.map((name) => {
    const stage = patterns.findIndex((pattern) => pattern?.test(name));
    return stage === -1 ? rest : stage;
  });
  const members = new Map<number, number[][]>();
  for (const [index, build] of jobs.builds.entries()) {
    const stage = stageOfName[jobs.names[index] ?? 0] ?? -1;
    if (stage === -1) continue;
    const staged = members.get(build) ?? stages.map(() => []);
    members.set(build, staged);
    staged[stage]?.push(index);
  }
  const graph: (readonly number[])[] = jobs.lines.map(() => NOTHING);
  for (const staged of members.values()) {
    let before = NOTHING;
    for (const stage of staged.filter((jobs) => jobs.length > 0)) {
      for (const job of stage) graph[job] = before;
      before = stage;
    }
  }
  const unstaged = jobs.jobNames.texts.filter((_, name) => stageOfName[name] === -1);
  return { graph, unstaged };
}

function wholeWord(word: string): RegExp {
  const literal = word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}])${literal}(?![\p{L}\p{N}])`, 'iu');
}
