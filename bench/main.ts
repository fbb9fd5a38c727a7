/** `npm run bench`: what the function and the twin cost in time and memory, on this machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { measureBundle } from './bundle.ts';
import { measureLooks } from './look.ts';
import { printTable } from './table.ts';
import { measureTwin } from './twin.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  printTable('machine', [
    ['processor', `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`, ''],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`, ''],
    ['Node.js', process.version, ''],
    [
      'load before',
      loadavg()[0]?.toFixed(2) ?? '',
      'figures are medians, in brackets the quartiles',
    ],
  ]);
  const { scaler, rows } = await measureBundle(folder);
  printTable('the bundle of the function', rows);
  printTable(
    'one look; CircleCI answers after 60 ms, AWS after 30 ms, over plain HTTP on loopback',
    await measureLooks(scaler),
  );
  printTable('the twin', await measureTwin());
} finally {
  await rm(folder, { recursive: true });
}
