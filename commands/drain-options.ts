/** `runner-scaler drain`: what it is told on its command line. */
import { flag, texts, type Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { UsageError } from '../cli/usage-error.ts';
import { isClassName, SOURCE_RULES, type SourceName, SOURCES } from '../lambda/scaler/contract.ts';
import { JSON_OUTPUT, type Where, WHERE } from './aws/options.ts';

/** What is done to the fleets once nothing is launched for them any more; `undo` ends that. */
export type DrainMode = 'hold' | 'wait' | 'end-now' | 'undo';

export interface DrainOptions extends Where {
  readonly classes: readonly string[] | 'all';
  readonly mode: DrainMode;
  readonly yes: boolean;
}

const OPTIONS = {
  classes: texts('--class <class...>', 'the resource classes to drain, as in acme/linux acme/arm'),
  all: flag('--all', 'instead: every class of the scaler'),
  wait: flag('--wait', 'wait until no machine is left; Ctrl-C only ends the waiting'),
  endNow: flag('--end-now', 'end the machines at once, with the jobs on them; asks before it does'),
  undo: flag('--undo', 'instead: let the scaler launch again'),
  yes: flag('--yes', 'do not ask; needed for --end-now where there is no terminal'),
  json: JSON_OUTPUT,
  ...WHERE,
};

export type DrainGiven = Values<typeof OPTIONS>;

export const DRAIN = subcommand({
  about: 'Stops the launches of a fleet, so that it can be changed, removed or destroyed.',
  details: `Machines that run finish their job and end by themselves, unless you say otherwise. It changes groups in
the AWS account of your credentials; docs/removing.md has the recipes and the permissions.`,
  options: OPTIONS,
  runsUnread: true,
  load: async () => (await import('./drain-command.ts')).DRAINING,
});

/** @throws UsageError naming the option, its value and what is allowed */
export function drainOptionsOf(given: DrainGiven): DrainOptions {
  const { config, yes, region, local } = given;
  const mode = modeOf(given);
  if (yes && mode !== 'end-now') {
    throw new UsageError('--yes is given without --end-now; nothing else asks');
  }
  return { config, classes: classesOf(given), mode, yes, region, local };
}

function modeOf(given: DrainGiven): DrainMode {
  const modes = [
    ['wait', given.wait],
    ['end-now', given.endNow],
    ['undo', given.undo],
  ] as const;
  const [mode = 'hold', other] = modes.flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (other === undefined) return mode;
  throw new UsageError(
    `--${mode} and --${other} are given; allowed: one of --wait, --end-now, --undo` +
      (mode === 'wait' && other === 'end-now' ? '; --end-now waits by itself' : ''),
  );
}

function classesOf({ all, classes: named }: DrainGiven): readonly string[] | 'all' {
  const [first] = named;
  if (all) {
    if (first === undefined) return 'all';
    throw new UsageError(`--all is given with ${JSON.stringify(first)}; allowed: one of the two`);
  }
  if (first === undefined) {
    throw new UsageError('no resource class is named; allowed: --class CLASS …, or --all');
  }
  const classes = [...new Set(named)];
  const wrong = classes.find((name) => !isClassName(name));
  if (wrong === undefined) return classes;
  throw new UsageError(`--class is ${JSON.stringify(wrong)}; allowed: ${ALLOWED_CLASSES}`);
}

/** Sources with the same rule are named together. */
const ALLOWED_CLASSES = [...new Set(SOURCES.map(allowedBy))]
  .map(
    (allowed) =>
      `${allowed} (${SOURCES.filter((source) => allowedBy(source) === allowed).join(', ')})`,
  )
  .join(', or ');

function allowedBy(source: SourceName): string {
  return SOURCE_RULES[source].className.allowed;
}
