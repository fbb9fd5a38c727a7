import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLE } from '../../lib/bundle.ts';

const CLIENT = '@aws-sdk/client-secrets-manager';
const PRINT = `new (require('${CLIENT}').SecretsManagerClient)({ region: 'us-east-1' }).config.credentials()
  .then((found) => console.log(JSON.stringify(found)), (error) => console.log(error.message));`;

/** What a client finds in the bundle, with this environment. */
async function credentialsWith(env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const outfile = join(folder, 'index.cjs');
    const { metafile } = await build({
      ...BUNDLE,
      mainFields: [...BUNDLE.mainFields],
      stdin: { contents: PRINT, resolveDir: process.cwd() },
      outfile,
      bundle: true,
      platform: 'node',
      metafile: true,
    });
    const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    const printed = execFileSync(process.execPath, [outfile], { env: { ...quiet, ...env } });
    return { printed: String(printed).trim(), inputs: Object.keys(metafile.inputs) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('in the bundle a client has the credentials of the environment, and knows no others', async () => {
  const { printed, inputs } = await credentialsWith({
    AWS_ACCESS_KEY_ID: 'ASIA1',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  });

  expect(JSON.parse(printed)).toMatchObject({
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret',
    sessionToken: 'session',
  });
  expect(inputs.filter((path) => path.includes('credential-provider-'))).toEqual([]);
});

test('in the bundle a client without credentials says what is missing', async () => {
  const { printed } = await credentialsWith({ AWS_ACCESS_KEY_ID: 'ASIA1' });

  expect(printed).toMatch(
    /^no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set/,
  );
});
