/** `runner-scaler probe-gitlab`: what it is told on its command line. */
import { matching, number, outputFile, text, type Values, withDefault } from '../../cli/option.ts';
import { subcommand } from '../../cli/subcommand.ts';

const OPTIONS = {
  url: withDefault(
    matching('--url <url>', 'base URL of GitLab', {
      pattern: /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)(?=[:/]|$))[^\s?#]*[^\s?#/]$/,
      allowed: 'an https URL without a slash at its end, such as https://gitlab.example.com',
    }),
    'https://gitlab.com',
  ),
  project: text('--project <project>', 'path or id of the project whose jobs use the runner'),
  runner: number('--runner <id>', 'id of the runner in GitLab', { least: 1, whole: true }),
  minutes: withDefault(
    number('--minutes <n>', 'how long it watches', { least: 1, most: 1440 }),
    30,
  ),
  stepSeconds: withDefault(
    number('--step-seconds <n>', 'from one reading to the next', { least: 0.2, most: 30 }),
    1,
  ),
  json: outputFile(
    '--json <file>',
    'also write what was measured, for --parameters of simulate, what-if, compare and evidence',
  ),
};

export type ProbeGitLabGiven = Values<typeof OPTIONS>;

export const PROBE_GITLAB = subcommand({
  about: "Measures how late GitLab's counts are, while jobs of yours run.",
  details: `Reads, with the token in the variable GITLAB_TOKEN, and changes nothing. Only jobs of this one project may use the
runner meanwhile; docs/probe.md says more.`,
  options: OPTIONS,
  load: async () => (await import('./main.ts')).PROBING_GITLAB,
});
