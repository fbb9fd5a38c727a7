/** How large the function's bundle is, and how long it takes to load. */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUNDLE } from '../lib/bundle.ts';
import { type Row, spreadOf } from './table.ts';

/** The least that any such function loads: both SDK clients and the logger, and nothing of ours. */
const FLOOR = `
export { AutoScalingClient, DescribeAutoScalingGroupsCommand, SetDesiredCapacityCommand, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
export { Logger } from '@aws-lambda-powertools/logger';
`;

const RUNS = 25;

export interface Bundles {
  /** The function as deployed. */
  readonly scaler: string;
  readonly rows: readonly Row[];
}

export async function measureBundle(folder: string): Promise<Bundles> {
  const scaler = await bundle({ folder, name: 'scaler', entry: 'lambda/scaler/handler.ts' });
  const floorEntry = join(folder, 'floor.ts');
  await writeFile(floorEntry, FLOOR);
  const floor = await bundle({ folder, name: 'floor', entry: floorEntry });
  const empty = join(folder, 'empty.cjs');
  await writeFile(empty, '');

  // Alternating, so that a busy moment of the machine meets all three alike.
  const times = { scaler: [] as number[], floor: [] as number[], empty: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    times.empty.push(importMs(empty));
    times.floor.push(importMs(floor.path));
    times.scaler.push(importMs(scaler.path));
  }
  const over = (name: 'scaler' | 'floor') =>
    times[name].map((ms, run) => ms - (times.empty[run] ?? 0));
  const ratios = over('scaler').map((ms, run) => ms / (over('floor')[run] ?? Number.NaN));
  return {
    scaler: scaler.path,
    rows: [
      ['bundle, minified', `${scaler.bytes} bytes`, `gzip ${scaler.gzip}`],
      ['the SDK clients and the logger alone', `${floor.bytes} bytes`, `gzip ${floor.gzip}`],
      ['import over an empty module', `${spreadOf(over('scaler'))} ms`, `${RUNS} processes`],
      ['import of the SDK and logger alone', `${spreadOf(over('floor'))} ms`, `${RUNS} processes`],
      ['import against that floor', spreadOf(ratios), 'aim: at most 1.15'],
    ],
  };
}

async function bundle(what: { folder: string; name: string; entry: string }) {
  const path = join(what.folder, `${what.name}.cjs`);
  const { outputFiles } = await build({
    ...BUNDLE,
    mainFields: [...BUNDLE.mainFields],
    entryPoints: [what.entry],
    outfile: path,
    bundle: true,
    platform: 'node',
    write: false,
    absWorkingDir: process.cwd(),
    nodePaths: [join(process.cwd(), 'node_modules')],
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  await writeFile(path, contents);
  return { path, bytes: contents.byteLength, gzip: gzipSync(contents, { level: 9 }).byteLength };
}

function importMs(path: string): number {
  const script = `const t = performance.now(); require(${JSON.stringify(path)}); console.log(performance.now() - t)`;
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}
