import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrace } from '../../../simulator/workload/trace.ts';
import type { Trace, TraceOptions } from '../../../simulator/workload/trace.ts';

const directories: string[] = [];

/** Writes a file into a directory of its own; `removeFiles` removes them all. */
export function file(content: string | Uint8Array, name = 'jobs.csv'): string {
  const directory = mkdtempSync(join(tmpdir(), 'trace-'));
  directories.push(directory);
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

export function removeFiles(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
}

/** Reads a trace of these lines. */
export async function traceOf(lines: readonly string[], options?: TraceOptions): Promise<Trace> {
  return readTrace(file(`${lines.join('\n')}\n`), options);
}
