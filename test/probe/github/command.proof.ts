/** The command itself, as a process of its own. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runnerScaler, type RunOptions } from '../../cli/run.ts';
import { startServer, type TestServer } from '../../http-server.ts';
import { type Behaviour, gitHubWorld, OF_OTHERS, TOKEN } from './world.ts';

let folder: string;
let server: TestServer | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-github-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

/** Without an ETag, for which nothing is read several times. */
const QUICK: Partial<Behaviour> = { etag: 'none' };

async function staged(behaviour: Partial<Behaviour> = QUICK) {
  const world = gitHubWorld({ now: Date.now, advance: () => undefined }, behaviour);
  const started = await startServer((request) => {
    if (request.path !== '/claim') return world.answer(request, started.url);
    world.claim(request.body);
    return { status: 204 };
  });
  server = started;
  const file = join(folder, 'token');
  await writeFile(file, `${TOKEN}\n`);
  const run = async (args: readonly string[], options?: RunOptions) =>
    runnerScaler(
      ['probe-github', '--url', started.url, '--repository', 'acme/probe', ...args],
      options,
    );
  return { world, run, file, started };
}

describe('the command', () => {
  test('removes everything after Ctrl-C, and prints what it has found out', async () => {
    const { world, run, file } = await staged();
    let made: ReturnType<typeof world.left> | undefined;
    const { code, stdout, stderr } = await run(['--yes', '--token-file', file], {
      onStderr(text, child) {
        if (made !== undefined || !text.includes('Has a waiting job the labels')) return;
        made = world.left();
        child.kill('SIGINT');
      },
    });
    const [name = 'no name'] = /runner-scaler-probe-[a-z0-9]{8}/.exec(stderr) ?? [];
    expect(made?.branches).toContain(name);
    expect(made?.sets).toContain(`${name}-set`);
    expect(world.left()).toEqual(OF_OTHERS);
    expect(code).toBe(130);
    expect(stdout).toContain('Which labels has a just-in-time runner?\n  answer  only those');
    expect(stdout).toContain(
      'Is the deletion of a runner with a job refused?\n  answer  not asked: it takes --runner',
    );
    expect(stderr).toContain('all that was made is removed');
    expect(stdout + stderr).not.toContain(TOKEN);
  });

  test('starts the runner with its config alone, and ends it with what it has started', async () => {
    const { world, run, file, started } = await staged();
    const program = join(folder, 'run.sh');
    await writeFile(
      program,
      `#!/usr/bin/env bash
      env >seen; touch .runner .credentials
      curl -s -d "$ACTIONS_RUNNER_INPUT_JITCONFIG" ${started.url}/claim
      echo 'Running job: runner'
      sleep 600 & echo $! >worker; wait`,
      { mode: 0o755 },
    );
    const { stdout, stderr } = await run(['--yes', '--token-file', file, '--runner', folder], {
      env: { GITHUB_TOKEN: TOKEN },
      onStderr: (text, child) => {
        if (text.includes('with a job refused')) child.kill('SIGINT');
      },
    });
    expect(stdout).toMatch(/with the name of its runner\?\n {2}answer {2}\d\.\d s/);
    expect(stdout).toContain('with a job refused?\n  answer  yes, by 422');
    expect(stderr).toContain('all that was made is removed');
    expect(world.left()).toEqual(OF_OTHERS);
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    expect(seen).toContain('ACTIONS_RUNNER_INPUT_JITCONFIG=');
    expect(seen).not.toContain(TOKEN);
    expect((await readdir(folder)).toSorted()).toEqual(['run.sh', 'seen', 'token', 'worker']);
    const worker = Number(await readFile(join(folder, 'worker'), 'utf8'));
    expect(() => process.kill(worker, 0)).toThrow('ESRCH');
  });

  test.each<[name: string, file: string, words: string]>([
    ['without a runner', 'other', "run.sh does not exist; unpack GitHub's runner in"],
    ['with one that is registered', 'run.sh', 'has a registered runner (.runner)'],
  ])('refuses a folder %s', async (_name, name, words) => {
    const { run, file, started } = await staged();
    await writeFile(join(folder, name), '');
    await writeFile(join(folder, '.runner'), '');
    const { code, stderr } = await run(['--yes', '--token-file', file, '--runner', folder]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
    expect(started.received).toEqual([]);
  });

  test('removes by name what an ended one has left, and nothing else', async () => {
    const { world, run } = await staged();
    const env = { GITHUB_TOKEN: TOKEN };
    const killed = await run(['--yes'], {
      env,
      onStderr: (text, child) => {
        if (text.includes('Has a waiting job the labels')) child.kill('SIGKILL');
      },
    });
    const [, name = 'no name'] = /--clean (\S+)/.exec(killed.stderr) ?? [];
    expect(world.left().branches).toContain(name);
    const { code, stderr } = await run(['--clean', name], { env });
    expect([code, stderr]).toEqual([0, 'all that was made is removed\n']);
    expect(world.left()).toEqual(OF_OTHERS);
  });

  test.each<[name: string, args: readonly string[], token: string, words: string]>([
    ['nobody can be asked', [], TOKEN, 'nobody can be asked here; nothing was changed'],
    ['there is no token', ['--yes'], '', 'the variable GITHUB_TOKEN holds no token; allowed: a'],
    ['the token has a line break', ['--yes'], 'a\nb', 'GITHUB_TOKEN holds no token'],
    ['the file is missing', ['--yes', '--token-file', '/no/such'], TOKEN, 'ENOENT'],
  ])('asks GitHub nothing where %s', async (_name, args, token, words) => {
    const { run, started } = await staged();
    const { code, stderr } = await run(args, { env: { GITHUB_TOKEN: token } });
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(started.received).toEqual([]);
  });
});
