import type { Table } from '../../table.ts';
import type { Case, Work } from '../../case.ts';

/** One question, and the tables that answer it. */
export interface Topic {
  /** The name of its record in docs/decisions, for the command line. */
  readonly name: string;
  readonly about: string;
  readonly tables: (given: Given) => readonly Table[];
}

export interface Given {
  /** Runs of each case; default: as many as each table needs. */
  readonly seeds: number | undefined;
  /** Only the first hours of each workload; default: all. */
  readonly hours: number | undefined;
  /** Real jobs instead of the built-in workloads, in the tables that can do with them. */
  readonly trace: Trace | undefined;
}

export interface Trace {
  readonly work: Work;
  /** Most machines. */
  readonly fleet: Case['fleet'];
}
