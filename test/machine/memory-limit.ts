/** A limit on a machine's memory, by whichever control groups this computer has. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

export class MemoryLimit {
  private readonly folder: string;

  constructor(name: string, mebibytes: number) {
    const old = existsSync(join(V1, 'memory.limit_in_bytes'));
    this.folder = join(old ? V1 : V2, name);
    if (!old) writeFileSync(join(V2, 'cgroup.subtree_control'), '+memory');
    mkdirSync(this.folder);
    const file = old ? 'memory.limit_in_bytes' : 'memory.max';
    writeFileSync(join(this.folder, file), String(mebibytes * 2 ** 20));
  }

  /** The same command, started within the limit. */
  wrap(command: readonly string[]): string[] {
    return ['bash', '-c', 'echo $$ >"$0" && exec "$@"', join(this.folder, 'cgroup.procs'), ...command];
  }

  close(): void {
    try {
      rmdirSync(this.folder);
    } catch {
      // A process that has just ended may still be counted.
    }
  }
}
