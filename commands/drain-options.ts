/** What `drain` is told on its command line. */
import { parseArgs } from 'node:util';
import { isClassName } from '../lambda/scaler/contract.ts';
import { UsageError } from '../simulator/cli/options.ts';
import { REGION_PATTERN } from './caller.ts';

/** What is done to the fleets once nothing is launched for them any more; `undo` ends that. */
export type DrainMode = 'hold' | 'wait' | 'end-now' | 'undo';

export interface DrainOptions {
  readonly config: string;
  readonly classes: readonly string[] | 'all';
  readonly mode: DrainMode;
  readonly yes: boolean;
  /** Undefined: what the environment or the profile names. */
  readonly region: string | undefined;
}

export const DRAIN_USAGE = `usage: npm run drain -- --class CLASS … | --all [options]

Stops the launches of a fleet, so that it can be changed, removed or destroyed. Machines that run
finish their job and end by themselves, unless you say otherwise. It changes groups in the AWS
account of your credentials; docs/removing.md has the recipes and the permissions.

  --class CLASS …      the resource classes to drain, as in --class acme/linux acme/arm
  --all                instead: every class of the scaler
  --wait               wait until no machine is left; Ctrl-C only ends the waiting
  --end-now            end the machines at once, with the jobs on them; asks before it does
  --undo               instead: let the scaler launch again
  --yes                do not ask; needed for --end-now where there is no terminal
  --config FILE        the config of the scaler; default config.ts
  --region R           default: that of the environment or the profile
  --help               this text
`;

/**
 * @returns undefined when help was asked for
 * @throws UsageError naming the option, its value and what is allowed
 */
export function parseDrainOptions(args: readonly string[]): DrainOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const { config = 'config.ts', yes = false, region } = values;
  if (region !== undefined && !REGION_PATTERN.test(region)) {
    throw new UsageError(
      `--region is ${JSON.stringify(region)}; allowed: the name of a region, such as us-east-1`,
    );
  }
  const mode = modeOf(values);
  if (yes && mode !== 'end-now') {
    throw new UsageError('--yes is given without --end-now; nothing else asks');
  }
  return { config, classes: classesOf(values, positionals), mode, yes, region };
}

type Values = ReturnType<typeof parsed>['values'];

function modeOf(values: Values): DrainMode {
  const given = (['wait', 'end-now', 'undo'] as const).filter((mode) => values[mode]);
  const [mode = 'hold', other] = given;
  if (other === undefined) return mode;
  throw new UsageError(
    `--${mode} and --${other} are given; allowed: one of --wait, --end-now, --undo` +
      (mode === 'wait' && other === 'end-now' ? '; --end-now waits by itself' : ''),
  );
}

function classesOf(values: Values, positionals: readonly string[]): readonly string[] | 'all' {
  const { all = false, class: named } = values;
  const [stray] = positionals;
  if (all) {
    const other = named?.[0] ?? stray;
    if (other === undefined) return 'all';
    throw new UsageError(`--all is given with ${JSON.stringify(other)}; allowed: one of the two`);
  }
  if (named === undefined) {
    throw new UsageError(
      stray === undefined
        ? 'no resource class is named; allowed: --class CLASS …, or --all'
        : `unexpected argument ${JSON.stringify(stray)}; allowed: --class ${stray}`,
    );
  }
  const classes = [...new Set([...named, ...positionals])];
  const wrong = classes.find((name) => !isClassName(name));
  if (wrong === undefined) return classes;
  throw new UsageError(
    `--class is ${JSON.stringify(wrong)}; allowed: namespace/name, for example acme/linux`,
  );
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      // The further classes of --class acme/linux acme/arm.
      allowPositionals: true,
      options: {
        class: { type: 'string', multiple: true },
        all: flag,
        wait: flag,
        'end-now': flag,
        undo: flag,
        yes: flag,
        config: text,
        region: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
