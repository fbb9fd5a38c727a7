/** A control group that leaves what runs in it a share of one processor, as Lambda does by a function's memory. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Of the accounting, in microseconds. A share is spent in the first part of each, and the rest is waited. */
const PERIOD_US = 20_000;

export interface ProcessorShare {
  /** A process that writes its id here is in the group from then on. */
  readonly processes: string;
  close(): void;
}

/** @throws Error where this machine or this user cannot have such a group */
export function processorShare(share: number): ProcessorShare {
  const unified = existsSync(join(ROOT, 'cgroup.controllers'));
  const folder = join(ROOT, unified ? '' : 'cpu', `bench-${process.pid}-${groups}`);
  groups += 1;
  const quotaUs = Math.round(share * PERIOD_US);
  if (unified) writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+cpu');
  mkdirSync(folder);
  try {
    if (unified) writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
    else {
      writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quotaUs));
    }
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  return { processes: join(folder, 'cgroup.procs'), close: () => rmdirSync(folder) };
}

let groups = 0;
