/** `runner-scaler probe`: what it is told on its command line. */
import { flag, matching, number, oneOf, outputFile, type Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { UsageError } from '../cli/usage-error.ts';
import { REGION } from '../commands/aws/options.ts';
import { PROBE_PREFIX } from './names.ts';
import { DEFAULT_PLATFORM, PLATFORM_NAMES, type Platform } from '../runner-userdata/platforms.ts';

export type ProbeOptions =
  | { readonly command: 'clean'; readonly yes: boolean; readonly region: string | undefined }
  | MeasureCommand;

export interface MeasureCommand {
  readonly command: 'measure';
  readonly yes: boolean;
  /** Undefined: what the environment or the profile names. */
  readonly region: string | undefined;
  readonly rounds: number;
  readonly stepSeconds: number;
  readonly waitSeconds: number;
  readonly limitMinutes: number;
  readonly instanceType: string;
  readonly platform: Platform;
  readonly json: string | undefined;
}

const OPTIONS = {
  rounds: number('--rounds <n>', 'how often each thing is measured; default 3', {
    least: 1,
    most: 20,
    whole: true,
  }),
  json: outputFile(
    '--json <file>',
    'also write what was measured, for --parameters of simulate, what-if, compare and evidence',
  ),
  instanceType: matching('--instance-type <type>', 'default m7i.large', {
    pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
    allowed: 'a type of EC2, such as m7i.large',
  }),
  image: oneOf('--image <image>', `default ${DEFAULT_PLATFORM}`, PLATFORM_NAMES),
  stepSeconds: number(
    '--step-seconds <n>',
    'from one observation to the next, which is also the error of a figure; default 1',
    { least: 0.2, most: 30 },
  ),
  waitSeconds: number('--wait-seconds <n>', 'how long one thing is waited for; default 900', {
    least: 1,
    most: 3600,
  }),
  limitMinutes: number('--limit-minutes <n>', 'after which no more is measured; default 120', {
    least: 1,
    most: 600,
  }),
  clean: flag(
    '--clean',
    `instead: find what an earlier probe left behind that was killed (stacks named ${PROBE_PREFIX}…), and remove it`,
  ),
  yes: flag('--yes', 'do not ask; needed where there is no terminal'),
  region: REGION,
};

export type ProbeGiven = Values<typeof OPTIONS>;

export const PROBE = subcommand({
  about: 'Measures what nobody documents, in the smallest fleet, in your own AWS account.',
  details: `Deploys that fleet with a stand-in for CircleCI, measures, prints, and removes everything it made, also
when it is stopped with Ctrl-C. It costs some cents; docs/probe.md says more.`,
  options: OPTIONS,
  runsUnread: true,
  load: async () => (await import('./main.ts')).PROBING,
});

/** @throws UsageError for an option that means nothing with --clean */
export function probeOptionsOf(given: ProbeGiven): ProbeOptions {
  const { clean, yes, region, image: platform = DEFAULT_PLATFORM, ...measured } = given;
  if (clean) {
    const other = [...Object.values(measured), given.image].some((value) => value !== undefined);
    if (!other) return { command: 'clean', yes, region };
    throw new UsageError(
      'something to measure is given with --clean; allowed with it: --yes, --region',
    );
  }
  return {
    command: 'measure',
    yes,
    region,
    rounds: measured.rounds ?? 3,
    stepSeconds: measured.stepSeconds ?? 1,
    waitSeconds: measured.waitSeconds ?? 900,
    limitMinutes: measured.limitMinutes ?? 120,
    instanceType: measured.instanceType ?? 'm7i.large',
    platform,
    json: measured.json,
  };
}
