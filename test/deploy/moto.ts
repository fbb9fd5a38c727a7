/** moto, an emulator of AWS that others wrote, as a server beside the test. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, start } from './child.ts';
import { until } from './step.ts';
import type { Toolbox } from './toolbox.ts';

/** moto's own account; the region is the CDK's usual one. */
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

export interface Moto {
  /** With `localhost`: moto finds templates in its S3 by this name only. */
  readonly url: string;
  /** Types of resources that moto lacks and that are only a name here. */
  readonly standIns: ReadonlySet<string>;
  end(): Promise<void>;
}

export async function startMoto(toolbox: Toolbox): Promise<Moto> {
  const standIns = new Set<string>();
  const needless = new Set<string>();
  const said: string[] = [];
  let port: number | undefined;
  const companion = start(
    {
      command: join(toolbox.python, 'python'),
      args: [fileURLToPath(new URL('moto_with_types.py', import.meta.url))],
      env: awsEnvironment(toolbox),
    },
    (line) => {
      said.push(line);
      if (!line.startsWith('{')) return;
      const told = JSON.parse(line) as {
        port?: number;
        standsInFor?: string;
        needless?: string;
      };
      port = told.port ?? port;
      if (told.needless !== undefined) needless.add(told.needless);
      if (told.standsInFor !== undefined) standIns.add(told.standsInFor);
    },
  );
  const listening = await until('moto listening on a free port of 127.0.0.1', 60_000, () => {
    const exit = companion.exit();
    if (exit !== undefined) throw new Error(`moto ended with ${exit}:\n${said.join('\n')}`);
    return port;
  });
  if (needless.size > 0) {
    await companion.end();
    throw new Error(
      `moto makes ${[...needless].join(', ')} by itself now; remove them from moto_with_types.py and docs/emulators.md`,
    );
  }
  const url = `http://localhost:${listening}`;
  return {
    url,
    standIns,
    end: async () => companion.end(),
  };
}

/**
 * An environment in which AWS's tools know nothing but moto: no profile, no credentials, no instance
 * metadata, no endpoint of the person who runs the test.
 */
export function awsEnvironment(toolbox: Toolbox, endpoint?: string): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  return {
    PATH: `${toolbox.python}:${PATH}`,
    HOME,
    ...(TMPDIR !== '' && { TMPDIR }),
    LANG: 'C.UTF-8',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIADEPLOYER',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    ...(endpoint !== undefined && { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint }),
  };
}

export type AwsCli = (...args: readonly string[]) => Promise<unknown>;

/** The AWS CLI, for reading back what was deployed: independent of the SDK that the function uses. */
export function awsCli(toolbox: Toolbox, endpoint: string): AwsCli {
  return async (...args) => {
    const text = await run({
      command: join(toolbox.python, 'aws'),
      args: [...args, '--output', 'json'],
      env: awsEnvironment(toolbox, endpoint),
    });
    return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
  };
}
