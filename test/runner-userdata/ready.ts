/** A stand-in machine that is ready, its agent started, without the time that a boot takes. */
import { join } from 'node:path';

import { SELF, startMachine, type Machine, type MachineOptions } from './machine.ts';

export const RUN = '/run/runner-scaler';
export const STATE = '/var/lib/runner-scaler';

/** Milliseconds since the machine was powered on: its clock stands still. */
export const NOW = 5_000_000;

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
  machine.write(`${RUN}/agent-started`, String(NOW - (options.agentSeconds ?? 20) * 1000));
  machine.write('/proc/uptime', `${(NOW / 1000).toFixed(2)} 1.00\n`);
  change(machine, '</proc/uptime', `<${join(machine.root, 'proc/uptime')}`);
  if (options.leaveLimit !== undefined) {
    change(machine, '\nLEAVE_LIMIT=300\n', `\nLEAVE_LIMIT=${options.leaveLimit}\n`);
  }
  return machine;
}

/** Replaces a text of the installed script that the script itself needs; what it writes stays. */
function change(machine: Machine, from: string, to: string): void {
  const script = machine.file(SELF);
  const changed = script.replace(from, to);
  if (changed === script) throw new Error(`the script has no ${JSON.stringify(from)}`);
  machine.write(SELF, changed);
}
