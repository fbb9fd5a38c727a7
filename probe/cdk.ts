/** The CDK's own command line, in the version of this project, with the probe's app. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isObject, parseObject } from '../lambda/scaler/contract.ts';
import type { ProbeStackProps } from './probe-stack.ts';
import { writeStackSettings } from './stack-settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

export interface Cdk {
  /** @returns the stack's outputs */
  deploy(props: ProbeStackProps, signal: AbortSignal): Promise<Record<string, string>>;
  destroy(name: string): Promise<void>;
  /** Ends what runs, at once. What AWS has begun continues without it. */
  abandon(): void;
}

/** Thrown when a command of the CDK failed; with the end of what it said. */
export class CdkError extends Error {
  override readonly name = 'CdkError';
}

export interface CdkOptions {
  readonly region: string;
  readonly onLine: (line: string) => void;
}

export function cdkIn({ region, onLine }: CdkOptions): Cdk {
  let running: ChildProcess | undefined;

  async function run(args: readonly string[], options: RunOptions): Promise<void> {
    const { props, signal } = options;
    signal?.throwIfAborted();
    const child = spawn(process.execPath, [CDK, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A separate process group: Ctrl-C is for the probe, which decides what becomes of the CDK.
      detached: true,
      env: {
        ...process.env,
        ...writeStackSettings(props),
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
    });
    running = child;
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        onLine(line);
      });
    }
    const end = () => endGroup(child, 'SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    const status = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, name) => resolve(code === null ? String(name) : `status ${code}`));
    });
    signal?.removeEventListener('abort', end);
    running = undefined;
    signal?.throwIfAborted();
    if (status === 'status 0') return;
    const tail = said.filter((line) => line.trim() !== '').slice(-12);
    throw new CdkError(`cdk ${args[0]} ended with ${status}:\n${tail.join('\n')}`);
  }

  async function inFolder<T>(
    work: (common: readonly string[], folder: string) => Promise<T>,
  ): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'runner-scaler-probe-'));
    try {
      return await work(
        [
          `--app="${process.execPath}" --import tsx probe/app.ts`,
          `--output=${join(folder, 'cdk.out')}`,
          // They take longer than everything else; a test of this project holds the template to them.
          '--context=@aws-cdk/core:validateAgainstDefaultRules=false',
          '--no-notices',
          '--no-color',
        ],
        folder,
      );
    } finally {
      // The template holds the token of the stand-in.
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    async deploy(props, signal) {
      return inFolder(async (common, folder) => {
        const outputs = join(folder, 'outputs.json');
        // Without a change set there is no moment at which a stack is half begun.
        const how = [
          '--progress=events',
          '--method',
          'direct',
          '--require-approval',
          'never',
          '--outputs-file',
          outputs,
        ];
        await run(['deploy', props.name, ...how, ...common], { props, signal });
        return outputsIn(await readFile(outputs, 'utf8'), props.name);
      });
    },
    async destroy(name) {
      // Only the name matters: CloudFormation has its own copy of the template.
      const props = {
        name,
        token: '-',
        platform: 'ubuntu-24.04',
        instanceType: 'm7i.large',
      } as const;
      await inFolder(async (common) => run(['destroy', name, '--force', ...common], { props }));
    },
    abandon() {
      if (running !== undefined) endGroup(running, 'SIGKILL');
    },
  };
}

interface RunOptions {
  readonly props: ProbeStackProps;
  readonly signal?: AbortSignal;
}

/** The CDK starts the app as a separate process. */
function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function outputsIn(text: string, stack: string): Record<string, string> {
  const outputs = parseObject(text)?.[stack];
  if (!isObject(outputs)) throw new CdkError(`cdk deploy gave no outputs of ${stack}`);
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, String(value)]));
}
