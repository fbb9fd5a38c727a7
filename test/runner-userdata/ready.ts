/** A stand-in machine that is ready, its agent started, without the time that a boot takes. */
import { SELF, startMachine, type Machine, type MachineOptions } from './machine.ts';

export const RUN = '/run/runner-scaler';
export const STATE = '/var/lib/runner-scaler';

/** A number that no process has. */
export const NO_PROCESS = 999_999_999;

export interface ReadyOptions extends MachineOptions {
  /** Seconds since the agent was started. Default: 20. */
  readonly agentSeconds?: number;
  /** For how many seconds leaving the group is tried. Default: 300. */
  readonly leaveLimit?: number;
}

export async function readyMachine(options: ReadyOptions = {}): Promise<Machine> {
  const machine = await startMachine(options);
  await machine.install();
  machine.write(`${STATE}/hook-sent`, '');
  machine.write(`${RUN}/booted`, '');
  machine.write(`${RUN}/agent-started`, String(Date.now() - (options.agentSeconds ?? 20) * 1000));
  if (options.leaveLimit !== undefined) {
    const script = machine.file(SELF);
    const changed = script.replace('\nLEAVE_LIMIT=300\n', `\nLEAVE_LIMIT=${options.leaveLimit}\n`);
    if (changed === script) throw new Error('the script has no LEAVE_LIMIT of 300 s');
    machine.write(SELF, changed);
  }
  return machine;
}
