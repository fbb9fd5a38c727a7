/** Real processes, in the places of agents and tasks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Process {
  readonly pid: number;
  /** Resolves to the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

const children = new Set<ChildProcess>();

/** One that lives until it is killed; a deaf one hears nothing less than SIGKILL. */
export async function startProcess({ deaf = false } = {}): Promise<Process> {
  const program = `${deaf ? "trap '' TERM; " : ''}echo ready; exec tail --follow /dev/null`;
  const child = spawn('bash', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error('the process has no number');
  return { pid: child.pid, ended };
}

export function killProcesses(): void {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
}
