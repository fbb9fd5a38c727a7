/**
 * The machine's own part of this computer's control groups, in every hierarchy that systemd uses: without
 * one, machines side by side would share the groups of their services.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

export class ControlGroup {
  private readonly folders: readonly string[];

  constructor(name: string, { memoryMiB }: { readonly memoryMiB?: number | undefined } = {}) {
    const unified = existsSync(join(ROOT, 'cgroup.controllers'));
    const memory = memoryMiB === undefined ? [] : ['memory'];
    this.folders = (unified ? ['.'] : ['systemd', 'unified', ...memory])
      .map((hierarchy) => join(ROOT, hierarchy))
      .filter((hierarchy) => existsSync(hierarchy))
      .map((hierarchy) => join(hierarchy, name));
    this.folders.forEach((folder) => mkdirSync(folder));
    if (memoryMiB === undefined) return;
    if (unified) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory');
    const file = unified
      ? join(ROOT, name, 'memory.max')
      : join(ROOT, 'memory', name, 'memory.limit_in_bytes');
    writeFileSync(file, String(memoryMiB * 2 ** 20));
  }

  /** The same command, started within. */
  wrap(command: readonly string[]): string[] {
    const enter = this.folders.map((folder) => `echo $$ >'${folder}/cgroup.procs'`).join(' && ');
    return ['bash', '-c', `${enter} && exec "$@"`, 'bash', ...command];
  }

  /** Kills what is left in it, and removes it. */
  async close(): Promise<void> {
    for (let tries = 0; tries < 50; tries += 1) {
      for (const folder of this.folders) {
        for (const group of withDescendants(folder)) {
          for (const id of processesOf(group)) {
            try {
              process.kill(id, 'SIGKILL');
            } catch {
              // It has ended.
            }
          }
          try {
            rmdirSync(group);
          } catch {
            // A process that has just ended still counts.
          }
        }
      }
      if (!this.folders.some((folder) => existsSync(folder))) return;
      await sleep(100);
    }
  }
}

/** Deepest first. */
function withDescendants(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => withDescendants(join(folder, entry.name)));
  return [...below, folder];
}

/** Without those that the kernel shows as 0, which to `kill` means this process and all beside it. */
function processesOf(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8')
      .split('\n')
      .map(Number)
      .filter((id) => id > 1);
  } catch {
    return [];
  }
}
