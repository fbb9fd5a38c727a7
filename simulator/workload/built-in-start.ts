/** The Monday on which the built-in workloads begin, in milliseconds since the epoch. */
export const BUILT_IN_START = Date.parse('2026-03-02T00:00:00Z');
