/** The local run's command line: `npm start -- --help`. */
import { ConfigError } from '../config/config-error.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { loadConfig } from './cli/load-config.ts';
import { loadParameters, parameterNotes } from './cli/load-parameters.ts';
import { parseOptions, type RunOptionsFromCli, USAGE, UsageError } from './cli/options.ts';
import { countedProblems, medianOf, settingsOf } from './cli/run-settings.ts';
import { runCommand } from './cli/run-command.ts';
import { loadWorkload, type Workload } from './cli/workload.ts';
import { save } from './cli/save.ts';
import { fleetsOf } from './fleets.ts';
import { type LocalRun, type LocalRunOptions, localRun } from './local-run.ts';
import { BUILT_IN_PRICES, PriceError, readPrices } from './prices.ts';
import { raiseMaxima } from './raised-maxima.ts';
import { answerOf, printAnswer } from './report/answer.ts';
import { renderChartSvg } from './report/chart-file.ts';
import { renderPage } from './report/page.ts';
import { startProgress } from './report/progress.ts';
import { printSummary, summarise } from './report/summary.ts';
import { whatIf } from './what-if/main.ts';
import { hoursOf } from './workload/hours.ts';
import { TraceError } from './workload/trace-error.ts';

/** The exit code when stopped by Ctrl-C, as shells have it. */
const STOPPED = 130;

// The AWS SDK warns on Node.js 20 about its versions of 2027. That is this project's business, not
// that of a person who looks at a simulation.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

async function main(args: readonly string[]): Promise<void> {
  const cli = parseOptions(args);
  if (cli === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping at the next minute of virtual time; once more ends at once\n');
    stop.abort(new UsageError('stopped before the workload was read'));
  });
  const onRead = (bytes: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\rreading ${Math.round(bytes / 1e6)} MB`);
  };
  const { signal } = stop;
  if (cli.compare.length > 0) {
    await whatIf(cli, { signal, onRead, command: commandOf(cli) });
  } else {
    const config = await loadConfig(cli.config);
    const resourceClasses = config.fleets.map(({ resourceClass }) => resourceClass);
    const workload = await loadWorkload({ cli, resourceClasses, onRead, signal });
    await show(cli, { config, workload, signal });
  }
  if (stop.signal.aborted) process.exitCode = STOPPED;
}

interface Prepared {
  readonly config: ResolvedConfig;
  readonly workload: Workload;
  readonly signal: AbortSignal;
}

async function show(cli: RunOptionsFromCli, { config, workload, signal }: Prepared): Promise<void> {
  const prices = cli.prices === undefined ? BUILT_IN_PRICES : await readPrices(cli.prices);
  const { fleets, unpriced } = fleetsOf(config.fleets, prices);
  const { startAt, tasks } = workload;
  const progress = startProgress({
    from: startAt,
    to: tasks.reduce((last, { releaseAt }) => Math.max(last, releaseAt), startAt),
    stream: process.stderr,
    now: () => performance.now(),
  });
  const settings = settingsOf(config, cli.bootSeconds, await loadParameters(cli));
  const problems = countedProblems();
  const options: LocalRunOptions = {
    title: workload.title,
    seed: cli.seed,
    startAt,
    tasks,
    fleets,
    signal,
    ...settings,
    form: cli.direct ? 'direct' : 'wire',
    report: problems.report,
    onProgress: (state) => progress.update(state),
  };
  const result = await localRun(options);
  const { record } = result;
  const tasksServed = record.classes.reduce((sum, { totals }) => sum + totals.tasksServed, 0);
  progress.finish({ at: record.to, tasksServed });

  const answer = answerOf(record, {
    workloadHours: hoursOf(workload, cli),
    raised: await raiseMaxima(options, record),
    ...(workload.realWaits && { realWaits: workload.realWaits }),
  });
  const summary = summarise(record);
  const boot = medianOf(settings.parameters.boot);
  const { leftOut = [] } = workload;
  const notes = [
    ...workload.notes,
    ...notesOf(result, { unpriced, boot }),
    ...parameterNotes(cli),
    ...problems.said(),
  ];
  const listed = (said: readonly string[]) => said.map((each) => `- ${each}\n`).join('');
  process.stdout.write(`${listed(leftOut)}${printAnswer(answer)}\n\n`);
  process.stdout.write(`${printSummary(summary)}\n${listed(notes)}`);
  await save(cli.out, renderPage(record, { answer, leftOut, notes, command: commandOf(cli) }));
  process.stdout.write(`\nThe page with the charts: ${cli.out}\n`);
  const [first] = record.classes;
  if (cli.chart !== undefined && first !== undefined) {
    await save(cli.chart, renderChartSvg(record, first.resourceClass));
    process.stdout.write(`The chart of ${first.resourceClass}: ${cli.chart}\n`);
  }
  if (cli.json !== undefined) {
    await save(cli.json, `${JSON.stringify({ answer, leftOut, summary, notes }, null, 2)}\n`);
    process.stdout.write(`The figures: ${cli.json}\n`);
  }
}

interface Circumstances {
  readonly unpriced: readonly string[];
  readonly boot: number;
}

function notesOf(
  { notReplayed, record }: LocalRun,
  { unpriced, boot }: Circumstances,
): readonly string[] {
  return [
    `Machines boot in ${boot} s at the median; every behaviour AWS does not document is an assumption of the twin.`,
    `${notReplayed} of ${record.looks} looks were at a world in which nothing had happened since a quiet look; they are counted with their calls and were not replayed.`,
    ...unpriced.map(
      (type) =>
        `No price is known for ${type}, so its cost is not known: give one with --prices FILE, a JSON file such as { "${type}": 0.1 }.`,
    ),
  ];
}

function commandOf(cli: RunOptionsFromCli): string {
  const given = process.argv.slice(2);
  return given.length === 0 && cli.seed === 1 ? 'npm start' : `npm start -- ${given.join(' ')}`;
}

await runCommand({ name: 'npm start', main, expected: [TraceError, ConfigError, PriceError] });
