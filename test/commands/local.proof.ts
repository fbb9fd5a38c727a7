/** The command `runner-scaler local` itself, with the examples that are shipped. */
import { expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { runnerScaler } from '../cli/run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

test.each([
  ['examples/gitlab.ts', /^linux-spot$/m],
  ['examples/github.ts', /^small-spot$/m],
])('keeps an account of %s until it is interrupted', async (config, shown) => {
  const port = await freePort();
  let status: Promise<string> | undefined;
  const ended = await runnerScaler(
    ['local', '--config', config, '--port', String(port), '--hours', '0.2'],
    {
      cwd: ROOT,
      onStdout(text, child) {
        const [, typed] = /npx runner-scaler (status .*)\n/.exec(text) ?? [];
        if (typed === undefined) return;
        // What it says to type is typed.
        status = runnerScaler(typed.split(' '), { cwd: ROOT }).then(({ stdout }) => {
          child.kill('SIGINT');
          return stdout;
        });
      },
    },
  );
  expect(ended.code).toBe(130);
  expect(ended.stderr).not.toMatch(/^ {4}at /m);
  const stdout = (await status) ?? '';
  expect(stdout).toMatch(shown);
  expect(stdout.match(/^ {2}demand +\d+ waiting, \d+ running/gm)?.length).toBeGreaterThan(2);
});

test('says that its port is in use, and ends', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address !== 'string' ? address.port : 0;
  const config = ['--config', 'examples/github.ts', '--port', String(port)];
  const { code, stderr } = await runnerScaler(['local', ...config], { cwd: ROOT });
  server.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^--port is ${port}, which is in use; allowed: a free port\n`));
});
