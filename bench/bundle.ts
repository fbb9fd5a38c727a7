/** How large the function's bundle is, and how long it takes to load. */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUNDLE } from '../lib/bundle.ts';
import { type Row, spreadOf } from './table.ts';

/** The least that any such function loads: its SDK clients and the logger, and nothing of ours. */
const FLOOR = `
export { AutoScalingClient, DescribeAutoScalingGroupsCommand, SetDesiredCapacityCommand, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
export { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
export { Logger } from '@aws-lambda-powertools/logger';
`;

const RUNS = 25;

export interface Bundles {
  /** The function as deployed. */
  readonly scaler: string;
  readonly rows: readonly Row[];
}

/** @param node the Node.js that loads it */
export async function measureBundle(folder: string, node: string): Promise<Bundles> {
  const entry = 'lambda/scaler/handler.ts';
  const scaler = await bundle({ folder, name: 'scaler', entry });
  const search = await bundle({ folder, name: 'search', entry, alias: {} });
  const floorEntry = join(folder, 'floor.ts');
  await writeFile(floorEntry, FLOOR);
  const floor = await bundle({ folder, name: 'floor', entry: floorEntry });
  const empty = join(folder, 'empty.cjs');
  await writeFile(empty, '');

  // Alternating, so that a busy moment of the machine meets all of them alike.
  const times = { scaler: [], search: [], floor: [], empty: [] } as Record<string, number[]>;
  for (let run = 0; run < RUNS; run += 1) {
    times['empty']?.push(importMs(node, empty));
    times['floor']?.push(importMs(node, floor.path));
    times['search']?.push(importMs(node, search.path));
    times['scaler']?.push(importMs(node, scaler.path));
  }
  const over = (name: string) =>
    (times[name] ?? []).map((ms, run) => ms - (times['empty']?.[run] ?? 0));
  const against = (name: string) =>
    spreadOf(over('scaler').map((ms, run) => ms / (over(name)[run] ?? Number.NaN)));
  return {
    scaler: scaler.path,
    rows: [
      ['bundle, minified', `${scaler.bytes} bytes`, `gzip ${scaler.gzip}`],
      ["with the SDK's search for credentials", `${search.bytes} bytes`, `gzip ${search.gzip}`],
      ['the SDK clients and the logger alone', `${floor.bytes} bytes`, `gzip ${floor.gzip}`],
      [
        'import over an empty module',
        `${spreadOf(over('scaler'))} ms`,
        `${RUNS} processes; aim: at most 40 ms on Node 24`,
      ],
      ['import with that search', `${spreadOf(over('search'))} ms`, `${RUNS} processes`],
      ['import of the SDK and logger alone', `${spreadOf(over('floor'))} ms`, `${RUNS} processes`],
      ['import against that with the search', against('search'), ''],
      ['import against that floor', against('floor'), 'aim: at most 1.15'],
    ],
  };
}

async function bundle(what: {
  folder: string;
  name: string;
  entry: string;
  alias?: Readonly<Record<string, string>>;
}) {
  const path = join(what.folder, `${what.name}.cjs`);
  const { outputFiles } = await build({
    ...BUNDLE,
    mainFields: [...BUNDLE.mainFields],
    alias: what.alias ?? BUNDLE.alias,
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

function importMs(node: string, path: string): number {
  const script = `const t = performance.now(); require(${JSON.stringify(path)}); console.log(performance.now() - t)`;
  return Number(execFileSync(node, ['-e', script], { encoding: 'utf8' }));
}
