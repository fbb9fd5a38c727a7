/** What the doctor compares a deployment with is what the CDK's own command makes of the config, code included. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../cli/load-config.ts';
import { templateDifferences } from '../../commands/doctor/template-differences.ts';
import { synthesized } from '../../lib/synthesized.ts';

/** On a busy machine. */
const LIMIT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'doctor-synth-'));

afterAll(() => rmSync(folder, { recursive: true }));

test(
  'npx cdk synth and the doctor make the same of a config',
  async () => {
    const child = spawn('npx', ['cdk', 'synth', '--quiet', '--no-notices', '--output', folder]);
    child.stdout.resume();
    child.stderr.resume();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    const config = await loadConfig('config.ts');
    const deployed = readFileSync(join(folder, `${config.name}.template.json`), 'utf8');
    expect(templateDifferences({ deployed, own: synthesized(config) })).toEqual([]);
    // It has to be able to find one.
    const other = synthesized(config, { bundle: false });
    expect(templateDifferences({ deployed, own: other })).toHaveLength(1);
  },
  LIMIT_MS,
);
