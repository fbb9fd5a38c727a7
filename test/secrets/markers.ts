/** Strings planted where secrets are, and the search for them where none may be. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a user's shell may hold while the project's programs run. */
export const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'AKIAPLANTEDKEYID',
  AWS_SECRET_ACCESS_KEY: 'planted-secret-key',
  AWS_SESSION_TOKEN: 'planted-session-token',
  CDK_DEFAULT_ACCOUNT: '918273645546',
  AWS_ACCOUNT_ID: '918273645546',
  CIRCLE_TOKEN: 'CCIPAT_planted_shell',
  CIRCLECI_CLI_TOKEN: 'CCIPAT_planted_cli',
  LAUNCH_AGENT_API_AUTH_TOKEN: 'planted-runner-token',
  NPM_TOKEN: 'npm_plantedtoken',
  GITHUB_TOKEN: 'ghp_plantedtoken',
} as const;

/** The names of the markers that a text holds. */
export function markersIn(
  text: string,
  markers: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(markers)
    .filter(([, marker]) => found(text, marker))
    .map(([name]) => name);
}

/** As it stands, or in a form in which it often travels. */
function found(text: string, marker: string): boolean {
  const bytes = Buffer.from(marker);
  const forms = [
    marker,
    encodeURIComponent(marker),
    bytes.toString('base64'),
    bytes.toString('hex'),
  ];
  return forms.some((form) => text.includes(form.replace(/=+$/, '')));
}

/** A text, and behind it what it carries compressed and in base64, as templates carry user data. */
function unpacked(text: string): string {
  const carried = text.match(/H4sI[A-Za-z0-9+/]+=*/g) ?? [];
  return [text, ...carried.map((part) => gunzipSync(Buffer.from(part, 'base64')))].join('\n');
}

/** Every file under a folder, by its path, unpacked. */
export function filesUnder(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, unpacked(readFileSync(path, 'latin1'))];
    }),
  );
}

export interface Program {
  /** What Node is to run, after the loader for TypeScript. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a program of the project to its end; its output is both streams together. */
export async function run({ args, env }: Program) {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  return { code, output };
}
