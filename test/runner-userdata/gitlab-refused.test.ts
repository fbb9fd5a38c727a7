/** A runner that GitLab refuses after the boot: its token was revoked, or the runner was deleted. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { lastWord, type Machine, OPTIONS } from './machine.ts';
import { readyMachine, type ReadyOptions, RUN } from './ready.ts';

jest.setTimeout(60_000);

const SELF = '/usr/local/lib/runner-scaler/runner';
const REFUSED =
  'ERROR: Checking for jobs... forbidden   runner=t1_abc status=POST https://gitlab.example.com/api/v4/jobs/request: 403 Forbidden';
const CLAIMED = 'Checking for jobs... received    job=1';
const ENDED = { SERVICE_RESULT: 'success', EXIT_CODE: 'exited', EXIT_STATUS: '0' };

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

async function ready(executor: 'docker' | 'shell', more: ReadyOptions): Promise<void> {
  machine = await readyMachine({
    ...more,
    userData: { agent: { source: 'gitlab', url: 'https://gitlab.example.com', executor } },
  });
  machine.write(
    '/etc/systemd/system/runner-scaler-job.service',
    `[Service]\nExecStart=${SELF} watch-job\nExecStopPost=${SELF} job-ended\n`,
  );
  machine.write(
    '/etc/systemd/system/runner-scaler-last.service',
    `[Service]\nExecStopPost=${SELF} agent-ended\n`,
  );
}

test.each([
  ['docker', 'TERM'],
  ['shell', 'QUIT'],
] as const)('ends the agent of %s at once, by %s', async (executor, signal) => {
  await ready(executor, {
    commands: {
      // The log goes on until the agent has got its signal.
      journalctl: `echo '${REFUSED}'
for _ in {1..200}; do [[ ! -e $ROOT/signalled ]] || break; read -rt 0.05 <> <(:); done
echo '${CLAIMED}'; echo 'Job failed'`,
      systemctl: `if [[ $* == *MainPID* ]]; then
  (trap 'echo ${signal} >"$ROOT/signalled"' ${signal}; : >"$ROOT/armed"; exec 3<> <(:)
    for _ in {1..200}; do read -rt 0.05 -u 3; [[ ! -e $ROOT/signalled ]] || break; done) >/dev/null 2>&1 &
  process=$!
  until [[ -e $ROOT/armed ]]; do read -rt 0.05 <> <(:); done
  echo "$process"
fi`,
    },
  });
  expect(await machine.unit('job', 'ExecStart')).toBe(0);
  expect(machine.file('/signalled')).toBe(`${signal}\n`);
  expect(machine.file(`${RUN}/agent-error`)).toMatch(
    /^GitLab at https:\/\/gitlab\.example\.com refuses to give this runner jobs; see that .* fill the secret \S+ with its token$/,
  );
});

test.each([
  [[REFUSED], 'agent-failed', /refuses to give this runner jobs/],
  [[REFUSED, CLAIMED, 'Job succeeded'], 'served', /the task has ended/],
] as const)('with the log %j it ends as %s', async (lines, outcome, reason) => {
  await ready('docker', {
    agentSeconds: OPTIONS.idleTimeoutSeconds,
    commands: { journalctl: lines.map((line) => `echo '${line}'`).join('\n') },
  });
  await machine.unit('job', 'ExecStopPost', { ended: ENDED });
  await machine.unit('last', 'ExecStopPost', { ended: ENDED });
  expect(lastWord(machine)).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
});
