/**
 * `npm run bench`: what the function and the simulator cost in time and memory, on this machine. BENCH_NODE is the
 * Node.js that the function runs on; the one that runs the bench, if it is not set.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBundle } from './bundle.ts';
import { measurePasses } from './pass.ts';
import { measureShares, whyNoShares } from './share.ts';
import { printTable } from './table.ts';
import { measureSimulator } from './simulator.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const node = process.env['BENCH_NODE'] ?? process.execPath;
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  printTable('machine', [
    ['processor', `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`, ''],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`, ''],
    ['Node.js', process.version, ''],
    [
      "the function's Node.js",
      version,
      version.startsWith('v24.')
        ? ''
        : 'the function runs on 24: BENCH_NODE=$(npx --yes --package=node@24.21.0 -- which node)',
    ],
    [
      'load before',
      loadavg()[0]?.toFixed(2) ?? '',
      'figures are medians, in brackets the quartiles',
    ],
  ]);
  const { scaler, rows } = await measureBundle(folder, node);
  printTable('the bundle of the function', rows);
  printTable(
    'one pass; CircleCI answers after 60 ms, AWS after 30 ms, over plain HTTP on loopback',
    await measurePasses(scaler, node),
  );
  const without = whyNoShares();
  if (without === undefined) {
    printTable(
      'later passes with the share of a processor that memory buys; all answer after 30 to 100 ms, over TLS',
      await measureShares({ bundle: scaler, folder, node }),
    );
  } else {
    console.log(`\nno rows with the function's share of a processor: ${without}`);
  }
  printTable('the simulator', await measureSimulator());
} finally {
  await rm(folder, { recursive: true });
}
