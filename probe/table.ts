/** What was measured, for people. */
import { printable, textTable } from '../simulator/report/text-table.ts';
import { PARAMETERS } from '../simulator/world/parameters.ts';
import type { DirectName } from './direct-round.ts';
import { DIRECT, DURATIONS, type Measured } from './measure.ts';
import { medianOf, parametersOf, spreadOf } from './parameters.ts';

const NAMES = [...DURATIONS, ...DIRECT] as const;

const ABOUT_DIRECT: Readonly<Record<DirectName, string>> = {
  launchInstancesAnswer:
    'from a call of LaunchInstances to its answer; no parameter of the simulator',
  launchInstancesListed: 'from that answer until the group lists the instance',
  launchInstancesRunning: 'from that answer until EC2 calls the machine running',
};

/** One row for each parameter of the simulator and for LaunchInstances, then what is missing and why. */
export function tableOf(measured: Measured): string {
  const parameters: Readonly<Record<string, unknown>> = {
    ...parametersOf(measured),
    ...Object.fromEntries(
      DIRECT.map((name) => [name, spreadOf(measured.durations[name].seconds, { min: 0, max: 0 })]),
    ),
  };
  const rows = NAMES.map((name) => {
    const { seconds } = measured.durations[name];
    const figures =
      seconds.length === 0
        ? ['-', '-', '-']
        : [Math.min(...seconds), medianOf(seconds), Math.max(...seconds)].map((each) =>
            each.toFixed(1),
          );
    return [name, String(seconds.length), ...figures, spreadText(parameters[name])];
  });
  const head = ['parameter, in seconds', 'rounds', 'min', 'median', 'max', 'spread'];
  const { value, seen } = measured.pendingCancel;
  const cancels = Object.entries(seen).map(
    ([stage, { ended, of }]) => `${ended} of ${of} ${stage} instances were ended`,
  );
  const { raised, of: answered } = measured.launchInstances;
  const about = [
    ...DURATIONS.map((name) => [name, PARAMETERS[name].about]),
    ...Object.entries(ABOUT_DIRECT),
  ];
  return [
    textTable([head, ...rows]),
    '',
    `pendingCancel: ${value ?? 'not measured'} (${cancels.join(', ')})`,
    `LaunchInstances: ${raised} of ${answered} calls raised the desired capacity`,
    ...missing(measured),
    '',
    ...about.map(([name, text]) => `${name}: ${text}`),
  ].join('\n');
}

/** A parameter may have both figures and rounds that gave none. */
function missing({ durations, pendingCancel }: Measured): readonly string[] {
  const lines = [
    ...NAMES.map(
      (name) => [name, durations[name].seconds.length > 0, durations[name].reasons] as const,
    ),
    ['pendingCancel', pendingCancel.value !== undefined, pendingCancel.reasons] as const,
  ].flatMap(([name, some, reasons]) =>
    reasons.map(
      (reason) => `${name}: ${some ? 'missing in a round' : 'not measured'}: ${printable(reason)}`,
    ),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function spreadText(spread: unknown): string {
  if (typeof spread !== 'object' || spread === null) return 'not measured';
  const fields = Object.entries(spread).map(([name, value]) => `${name}: ${String(value)}`);
  return `{ ${fields.join(', ')} }`;
}
