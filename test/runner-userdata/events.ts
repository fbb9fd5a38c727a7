/** Queries on what happened on a stand-in machine. */

/** Index of the one event that begins with the text; throws unless there is exactly one. */
export function indexOf(events: readonly string[], beginning: string): number {
  const found = events.flatMap((event, index) => (event.startsWith(beginning) ? [index] : []));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} events begin with "${beginning}":\n${events.join('\n')}`);
  }
  return only;
}

/** How often an event occurred. */
export function count(events: readonly string[], beginning: string): number {
  return events.filter((event) => event.startsWith(beginning)).length;
}

/** Those of the events that begin with one of the texts, reduced to it. */
export function among(events: readonly string[], beginnings: readonly string[]): string[] {
  return events.flatMap((event) => beginnings.filter((beginning) => event.startsWith(beginning)));
}

/** Calls to the group, in order. */
export function groupCalls(events: readonly string[]): string[] {
  return events.filter((event) =>
    /^(CompleteLifecycleAction|TerminateInstanceInAutoScalingGroup|DetachInstances) /.test(event),
  );
}
