/** What the probe is told on its command line. */
import { parseArgs } from 'node:util';
import { REGION_PATTERN } from '../commands/caller.ts';
import { PROBE_PREFIX } from './names.ts';
import { PLATFORMS } from './stack-settings.ts';

export type ProbeOptions =
  | { readonly command: 'help' }
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
  readonly platform: (typeof PLATFORMS)[number];
  readonly json: string | undefined;
}

export const USAGE = `usage: npm run probe -- [options]

Deploys the smallest fleet into your own AWS account, with a stand-in for CircleCI,
measures what nobody documents, prints it, and removes everything it made, also when it
is stopped with Ctrl-C. It costs some cents; docs/probe.md tells more.

  --rounds N           how often each thing is measured, 1 to 20; default 3
  --json FILE          also write what was measured as parameters of the simulator, for
                       npm start -- --parameters FILE
  --instance-type T    default m7i.large
  --image I            ${PLATFORMS.join(' or ')}; default ${PLATFORMS[0]}
  --region R           default: that of the environment or the profile
  --step-seconds N     from one reading to the next, which is also the error of a figure;
                       0.2 to 30; default 1
  --wait-seconds N     how long one thing is waited for, 1 to 3600; default 900
  --limit-minutes N    after which no more is measured, 1 to 600; default 120
  --yes                do not ask; needed where there is no terminal

  --clean              instead: find what an earlier probe left behind that was killed
                       (stacks named ${PROBE_PREFIX}…), and remove it
  --help               this text
`;

/** Thrown for a command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError naming the option, its value and what is allowed */
export function parseOptions(args: readonly string[]): ProbeOptions {
  const values = parsed(args);
  if (values.help) return { command: 'help' };
  const { yes = false, region } = values;
  if (region !== undefined && !REGION_PATTERN.test(region)) {
    throw new UsageError(
      `--region is ${JSON.stringify(region)}; allowed: the name of a region, such as us-east-1`,
    );
  }
  if (values.clean) {
    const other = Object.keys(values).find((name) => !['clean', 'yes', 'region'].includes(name));
    if (other !== undefined) {
      throw new UsageError(`--${other} is given with --clean; allowed with it: --yes, --region`);
    }
    return { command: 'clean', yes, region };
  }
  const instanceType = values['instance-type'] ?? 'm7i.large';
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(instanceType)) {
    throw new UsageError(
      `--instance-type is ${JSON.stringify(instanceType)}; allowed: a type of EC2, such as m7i.large`,
    );
  }
  return {
    command: 'measure',
    yes,
    region,
    rounds: number('--rounds', values.rounds, { least: 1, most: 20, whole: true }) ?? 3,
    stepSeconds: number('--step-seconds', values['step-seconds'], { least: 0.2, most: 30 }) ?? 1,
    waitSeconds: number('--wait-seconds', values['wait-seconds'], { least: 1, most: 3600 }) ?? 900,
    limitMinutes:
      number('--limit-minutes', values['limit-minutes'], { least: 1, most: 600 }) ?? 120,
    instanceType,
    platform: platformOf(values.image),
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: text,
        json: text,
        'instance-type': text,
        image: text,
        region: text,
        'step-seconds': text,
        'wait-seconds': text,
        'limit-minutes': text,
        yes: flag,
        clean: flag,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

interface NumberRule {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
}

function number(name: string, text: string | undefined, rule: NumberRule): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const { least, most, whole = false } = rule;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}; allowed: a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
  );
}

function platformOf(text: string = PLATFORMS[0]): MeasureCommand['platform'] {
  const platform = PLATFORMS.find((each) => each === text);
  if (platform !== undefined) return platform;
  throw new UsageError(`--image is ${JSON.stringify(text)}; allowed: ${PLATFORMS.join(', ')}`);
}
