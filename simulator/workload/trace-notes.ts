/** What a person should know of a trace that was read, as sentences. */
import { counted } from '../report/format.ts';
import { classOption, labelsNotMet, refuseUnserved, unservedClasses } from './trace-classes.ts';
import type { ClassOptions } from './trace-classes.ts';
import type { Trace } from './trace.ts';

export interface TraceNotes {
  /** What was not run as the trace has it: to be read first. */
  readonly leftOut: readonly string[];
  /** What was recognised and what was assumed. */
  readonly notes: readonly string[];
}

export interface Served {
  /** The classes of the config; undefined: whatever the trace asks for is served. */
  readonly resourceClasses: readonly string[] | undefined;
  /** The options that translated the trace's labels, as the user gave them. */
  readonly given: ClassOptions;
}

/** @throws TraceError when no fleet serves any of the trace's jobs, or an option names a class that none serves */
export function notesOnTrace({ report }: Trace, { resourceClasses, given }: Served): TraceNotes {
  const used = Object.entries(report.columns).map(([role, name]) => `${role} from ${name}`);
  return {
    leftOut: [
      ...report.leftOut.map(sentence),
      ...(resourceClasses === undefined ? [] : notServed(report, resourceClasses, given)),
      ...labelsNotMet(report, given.classes ?? {}).map(
        (label) => `--class ${label}=… was not needed: no job of the trace asks for ${label}.`,
      ),
    ],
    notes: [
      `The trace has ${counted(report.tasks, 'job')}; ${used.join(', ')}.`,
      ...report.assumptions.map(sentence),
    ],
  };
}

function notServed(
  report: Trace['report'],
  resourceClasses: readonly string[],
  given: ClassOptions,
): readonly string[] {
  refuseUnserved(report, resourceClasses, given);
  return unservedClasses(report, resourceClasses).map(
    ({ traceClass, resourceClass, tasks }) =>
      `No fleet serves ${resourceClass}: ${counted(tasks, 'job')} left out, taken to run elsewhere. ` +
      `To serve them: ${classOption(traceClass, resourceClasses)}.`,
  );
}

function sentence(said: string): string {
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}
