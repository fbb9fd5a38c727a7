/** What is run as a task before there is one says what is wrong, and the boot fails by it. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { lastWord, startMachine, type Machine } from './machine.ts';

// A boot starts some fifty processes: half a second on an idle machine, several on a busy one.
jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

/** What is different from a machine on which a task runs as it must; in bash, before the proof. */
interface Difference {
  readonly before?: string;
  readonly id?: string;
  readonly grep?: string;
  readonly curl?: string;
}

/** Boots a machine whose proof is executed by the prefix, with folders below the root of the machine. */
async function boot({ before = '', id, grep = '', curl = 'exit 7' }: Difference = {}) {
  machine = await startMachine({
    commands: {
      'systemd-run': `[[ $* == *--unit=runner-scaler-proof-* ]] || exit 0
words=("\${@: -6}")
user=\${words[1]} home=$ROOT\${words[2]} config=/nonexistent
export HOME=$ROOT/tmp
${before}
execute "$ROOT\${words[0]}" "$user" "$home" "$config" "\${words[@]:4}"`,
      id: `case $* in
  '-u circleci') [[ -e $ROOT/made-user ]] && echo 1001 ;;
  ${id ?? '-un) echo circleci'} ;;
  *) echo 1001 ;;
esac`,
      grep,
      // Those of the boot itself go on.
      curl: `[[ $* != *--globoff* ]] || { ${curl}; }\nPATH=$REAL_PATH exec curl "$@"`,
    },
  });
  return machine.boot();
}

describe('a task that would run as it must', () => {
  test.each([
    ['refuses', 'exit 7'],
    ['does not answer', 'exit 28'],
  ])('proves it where the metadata address %s', async (_, curl) => {
    expect(await boot({ curl })).toBe(0);
    expect(machine.file('/run/runner-scaler/proof')).toBe('');
    expect(machine.events()).toContain('systemctl start runner-scaler-agent.service');
  });
});

describe('the boot fails for a task', () => {
  test.each<[string, Difference, string]>([
    ['of root', { id: '-u) echo 0 ;; -un) echo root' }, 'it runs as root, not as circleci'],
    ['of somebody else', { id: '-un) echo ubuntu' }, 'it runs as ubuntu, not as circleci'],
    ['outside of a scope', { grep: 'exit 1' }, 'it is not in its own scope'],
    [
      'that memory is kept for',
      { before: 'echo 0 >/proc/self/oom_score_adj' },
      'the kernel would not take it first when memory runs out',
    ],
    ['without a home', { before: 'HOME=/nonexistent' }, 'it cannot write to its home /nonexistent'],
    [
      'without a folder for work',
      { before: 'home=/nonexistent' },
      'it cannot write to /nonexistent/workdir',
    ],
    ['that reads the token', { before: 'config=/etc/passwd' }, 'it can read /etc/passwd'],
    [
      'with two faults',
      { before: 'home=/nonexistent config=/etc/passwd' },
      'it cannot write to /nonexistent/workdir; it can read /etc/passwd',
    ],
  ])('%s', async (_, difference, said) => {
    expect(await boot(difference)).not.toBe(0);
    expect(lastWord(machine)).toMatchObject({
      outcome: 'boot-failed',
      reason: `a task would not run as it must: ${said}`,
    });
  });

  test.each([
    ['answers', 0],
    ['answers too late', 52],
    ['cannot be tried, without curl,', 127],
  ])('whose metadata address %s', async (_, status) => {
    expect(await boot({ curl: `exit ${status}` })).not.toBe(0);
    // One is IPv4's, one IPv6's: here both are the stand-in.
    const said = `the metadata address ${machine.cloud.url} is not closed to it (curl ended with ${status})`;
    expect(lastWord(machine)?.['reason']).toBe(`a task would not run as it must: ${said}; ${said}`);
  });
});
