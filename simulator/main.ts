/** The work of `runner-scaler simulate`. */
import { loadConfig } from '../cli/load-config.ts';
import { save } from '../cli/output-file.ts';
import type { Call } from '../cli/subcommand.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadParameters, parameterNotes } from './cli/load-parameters.ts';
import type { SimulateGiven } from './cli/simulate.ts';
import { onRead, stoppable } from './cli/stop.ts';
import { loadWorkload } from './cli/workload.ts';
import { type ConfigRun, runConfig } from './config-run.ts';
import { BUILT_IN_PRICES, PriceError, PRICES_SAID, readPrices } from './prices.ts';
import { raiseMaxima } from './raised-maxima.ts';
import { answerOf, printAnswer } from './report/answer.ts';
import { renderChartSvg } from './report/chart-file.ts';
import { renderPage } from './report/page.ts';
import { printSummary, summarise } from './report/summary.ts';
import { hoursOf } from './workload/hours.ts';
import { fleetByLabels } from './workload/trace-labels.ts';
import { TraceError } from './workload/trace-error.ts';

export const SIMULATION = {
  run: async (given: SimulateGiven, { command }: Call) =>
    stoppable(async (signal) => simulate(given, { command, signal })),
  expected: [TraceError, ConfigError, PriceError],
};

/** Of a direct run, whose calls are not those of the source. */
const READ_AS_CIRCLECI = {
  github:
    'The demand of GitHub was read as from CircleCI, class by class and without a limit of requests; over HTTP, the calls are those that GitHub gets.',
  gitlab:
    'The demand of GitLab was read as from CircleCI, class by class and without matching of tags; over HTTP, the calls are those that GitLab gets.',
} as const;

interface Surroundings {
  /** The command that repeats the run. */
  readonly command: string;
  readonly signal: AbortSignal;
}

async function simulate(given: SimulateGiven, { command, signal }: Surroundings): Promise<void> {
  const { trace, seed } = given;
  const prices = given.prices === undefined ? BUILT_IN_PRICES : await readPrices(given.prices);
  const parameters = await loadParameters(given);
  const config = await loadConfig(given.config);
  const direct = given.direct || (trace !== undefined && !given.overHttp);
  if (trace !== undefined) process.stdout.write(`${formOf(direct)}\n\n`);
  const resourceClasses = config.fleets.map(({ resourceClass }) => resourceClass);
  const serving = fleetByLabels(config.fleets);
  const workload = await loadWorkload({ given, resourceClasses, serving, onRead, signal });
  const form = direct ? 'direct' : 'wire';
  const run = await runConfig({ config, workload, seed, parameters, prices, form, signal });

  const { record } = run;
  const { leftOut = [], realWaits } = workload;
  const answer = answerOf(record, {
    workloadHours: hoursOf(workload, given),
    raised: await raiseMaxima(run.options, record),
    ...(realWaits && { realWaits }),
  });
  const summary = summarise(record);
  const notes = [
    ...workload.notes,
    ...notesOf(run),
    ...(direct && config.github !== undefined ? [READ_AS_CIRCLECI.github] : []),
    ...(direct && config.gitlab !== undefined ? [READ_AS_CIRCLECI.gitlab] : []),
    ...(given.prices === undefined ? [PRICES_SAID] : []),
    ...parameterNotes(given),
    ...run.problems,
  ];
  const [first] = record.classes;
  const files = [
    `The page with the charts: ${given.out}`,
    ...(given.chart !== undefined && first !== undefined
      ? [`The chart of ${first.resourceClass}: ${given.chart}`]
      : []),
    ...(given.json === undefined ? [] : [`The figures: ${given.json}`]),
  ];
  // Before anything is printed, so that they are there even if nobody reads on.
  await save(given.out, renderPage(record, { answer, leftOut, notes, command }));
  if (given.chart !== undefined && first !== undefined) {
    await save(given.chart, renderChartSvg(record, first.resourceClass));
  }
  if (given.json !== undefined) {
    await save(given.json, `${JSON.stringify({ answer, leftOut, summary, notes }, null, 2)}\n`);
  }
  const listed = (said: readonly string[]) => said.map((each) => `- ${each}\n`).join('');
  process.stdout.write(`${listed(leftOut)}${printAnswer(answer)}\n\n`);
  process.stdout.write(`${printSummary(summary)}\n${listed(notes)}`);
  process.stdout.write(`\n${files.join('\n')}\n`);
}

function formOf(direct: boolean): string {
  return direct
    ? 'The trace runs directly, without HTTP: the same decisions, many times faster. --over-http runs it through the real clients.'
    : 'The trace runs through the real clients over HTTP, which takes many times longer than directly.';
}

function notesOf({ notReplayed, record, unpriced, bootSeconds }: ConfigRun): readonly string[] {
  return [
    `Machines boot in ${bootSeconds} s at the median; every behaviour AWS does not document is an assumption of the simulator.`,
    `${notReplayed} of ${record.passes} passes found a world in which nothing had happened since a quiet pass; they are counted with their calls and were not replayed.`,
    ...unpriced.map(
      (type) =>
        `No price is known for ${type}, so its cost is not known: give one with --prices FILE, a JSON file such as { "${type}": 0.1 }.`,
    ),
  ];
}
