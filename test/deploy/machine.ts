/**
 * A machine of the deployment, as far as one can be had here: the deployed user data itself runs with
 * a root of its own, and its calls reach moto through the recorder.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { run } from './child.ts';
import { CALLER, type Deployment } from './deployment.ts';
import { launchTemplateOf } from './launch-template.ts';
import { REGION } from './moto.ts';

export interface MachineCommand {
  readonly resourceClass: string;
  readonly instanceId: string;
  /** Arguments of the script. */
  readonly args: readonly string[];
}

/** @returns the script's log */
export async function runOnMachine(
  deployment: Deployment,
  { resourceClass, instanceId, args }: MachineCommand,
): Promise<string> {
  const { UserData } = await launchTemplateOf(
    deployment.aws,
    await deployment.group(resourceClass),
  );
  const root = await mkdtemp(join(tmpdir(), 'runner-scaler-machine-'));
  const network = await startNetwork(deployment.recorder.url, instanceId);
  try {
    const script = join(root, 'user-data');
    // As cloud-init does with what begins like gzip.
    await writeFile(script, gunzipSync(Buffer.from(UserData, 'base64')), { mode: 0o700 });
    await run({
      command: 'bash',
      // Both folders are there on a machine: the system makes the one, its boot the other.
      args: [
        '-c',
        'mkdir -p "$1/dev" "$1/run/runner-scaler"; "$2" "${@:3}"',
        'bash',
        root,
        script,
        ...args,
      ],
      env: {
        PATH: process.env['PATH'] ?? '',
        RUNNER_SCALER_TEST_ROOT: root,
        RUNNER_SCALER_TEST_URL: network.url,
      },
    });
    return await readFile(join(root, 'var/log/runner-scaler.log'), 'utf8');
  } finally {
    await network.end();
    await rm(root, { recursive: true, force: true });
  }
}

/** The metadata service, and behind every other path the recorder. */
async function startNetwork(recorder: string, instanceId: string) {
  const metadata: Readonly<Record<string, string>> = {
    '/latest/api/token': 'imds-token',
    '/latest/meta-data/instance-id': instanceId,
    '/latest/meta-data/placement/region': REGION,
    '/latest/meta-data/services/domain': 'amazonaws.com',
    '/latest/meta-data/iam/security-credentials/': 'fleet-role',
    '/latest/meta-data/iam/security-credentials/fleet-role': JSON.stringify({
      AccessKeyId: CALLER.runner,
      SecretAccessKey: 'not-a-secret',
      Token: 'not-a-token',
    }),
  };
  const server = createServer((incoming: IncomingMessage, outgoing) => {
    const known = metadata[incoming.url ?? ''];
    if (known !== undefined) {
      outgoing.end(known);
      return;
    }
    const { method, headers } = incoming;
    const forwarded = httpRequest(`${recorder}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', (error) => void outgoing.writeHead(502).end(String(error)));
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
