/** An explanation as a person reads it. */
import type { RunnerOutcome } from '../lambda/scaler/contract.ts';
import type { Machine } from './aws/groups.ts';
import type { Explanation, ToldDecision, ToldMachine } from './explain.ts';
import { ago, clockTime, wrapped } from './words.ts';

export interface Showing {
  /** The moment that is asked about. */
  readonly at: number;
  /** Undefined: lines may be of any length. */
  readonly columns: number | undefined;
}

export function explanationText(explanation: Explanation, { at, columns }: Showing): string {
  const { resourceClass, from, to, decisions, machines, warnings, notes } = explanation;
  const day = new Date(from).toISOString().slice(0, 10);
  const current = decisions.findLast((decision) => decision.from <= at);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : ['', `${title}:`, ...lines.map((line) => wrapped(line, { columns, indent: 4 }))];
  return [
    wrapped(
      `${resourceClass} on ${day} from ${clockTime(from)} to ${clockTime(to)} UTC, about ${clockTime(at)}`,
      { columns },
    ),
    ...notes.map((note) => wrapped(note, { columns })),
    ...section(
      'decisions, at > the one in force at that moment',
      decisions.map((decision) => `${decision === current ? '>' : ' '} ${decisionText(decision)}`),
    ),
    ...section(
      'machines started',
      machines.map((machine) => `  ${machineText(machine)}`),
    ),
    ...section(
      'warnings',
      warnings.map((warning) => `  ${warning}`),
    ),
  ].join('\n');
}

function decisionText({ from, to, passes, sentence }: ToldDecision): string {
  const when =
    passes === 1 ? clockTime(from) : `${clockTime(from)} to ${clockTime(to)}, ${passes} times`;
  return `${when}: ${sentence}`;
}

export function machineText({ launch, end, stage }: ToldMachine): string {
  const { instanceId, startedAt, endedAt, succeeded, sentence } = launch;
  const begin = `${clockTime(startedAt)} ${instanceId ?? 'no machine'}: `;
  const tookMs = endedAt === undefined ? undefined : endedAt - startedAt;
  const launched =
    tookMs === undefined
      ? 'on its way'
      : succeeded
        ? `in service after ${ago(tookMs)}`
        : `came to nothing after ${ago(tookMs)}${sentence === '' ? '' : `; AWS says: ${sentence}`}`;
  return `${begin}${launched}${bootText(end)}${endText({ launch, end, stage })}`;
}

/** From power-on to a started agent, in the machine's own words. */
function bootText(end: ToldMachine['end']): string {
  return end?.bootSeconds === undefined ? '' : ` (boot ${Math.round(end.bootSeconds)} s)`;
}

function endText({ launch, end, stage }: ToldMachine): string {
  if (end !== undefined) {
    const { outcome, reason, at } = end;
    return `; ${OUTCOMES[outcome]} at ${clockTime(at)}: ${reason}`;
  }
  if (stage !== undefined) return `; ${STAGES[stage]}`;
  const isGone = launch.instanceId !== undefined && launch.endedAt !== undefined;
  return isGone ? '; gone without a last word, as when AWS or a person ends it' : '';
}

/** An outcome without a sentence does not compile. */
const OUTCOMES: Readonly<Record<RunnerOutcome, string>> = {
  served: 'served its task and ended',
  idle: 'left without a task',
  'boot-failed': 'its boot failed',
  'agent-failed': 'its agent ended by itself without a task',
  interrupted: 'was told to stop',
  expired: 'was ended because it hung',
};

const STAGES: Readonly<Record<Machine['stage'], string>> = {
  boots: 'boots now',
  serves: 'serves now',
  'is-done': 'has done its task and ends now',
  ends: 'ends now',
};
