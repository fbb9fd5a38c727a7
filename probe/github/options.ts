/** `runner-scaler probe-github`: what it is told on its command line. */
import { flag, matching, number, text, type Values, withDefault } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';

const OPTIONS = {
  url: withDefault(
    matching('--url <url>', 'base URL of GitHub', {
      pattern: /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)(?=[:/]|$))[^\s?#]*[^\s?#/]$/,
      allowed: 'an https URL without a slash at its end, such as https://github.example.com',
    }),
    'https://github.com',
  ),
  repository: matching(
    '--repository <owner/name>',
    'a private repository that you can throw away',
    {
      pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/,
      allowed: 'owner and name with a slash between, such as acme/probe',
    },
  ),
  tokenFile: text('--token-file <file>', 'file with the token; default: the variable GITHUB_TOKEN'),
  runner: text('--runner <folder>', "GitHub's runner, unpacked: asks what takes one, too"),
  minutes: withDefault(
    number('--minutes <n>', 'asks no further question after so long', { least: 1, most: 120 }),
    20,
  ),
  anyRepository: flag('--any-repository', 'also where the repository has other workflows'),
  yes: flag('--yes', 'goes on without asking'),
  clean: matching('--clean <name>', 'only removes what the probe of that name has left', {
    pattern: /^runner-scaler-probe-[a-z0-9]{8}$/,
    allowed: 'the name that the probe has printed, such as runner-scaler-probe-1a2b3c4d',
  }),
};

export type ProbeGitHubGiven = Values<typeof OPTIONS>;

export const PROBE_GITHUB = subcommand({
  about: 'Asks a GitHub what nobody documents, in a throw-away repository of yours.',
  details: `Makes a branch with one workflow, a runner and a scale set, none of which runs anything without --runner, and removes them again, also when it is
interrupted. The token is never taken from the command line; docs/probe.md says what it has to allow.`,
  options: OPTIONS,
  runsUnread: true,
  load: async () => (await import('./main.ts')).PROBING_GITHUB,
});
