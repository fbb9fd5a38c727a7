/** What was measured, for people. */
import { printable, textTable } from '../simulator/report/text-table.ts';
import { PARAMETERS } from '../simulator/world/parameters.ts';
import { DURATIONS, type Measured } from './measure.ts';
import { medianOf, parametersOf } from './parameters.ts';

/** One row for each parameter of the twin, then what is missing and why. */
export function tableOf(measured: Measured): string {
  const parameters = parametersOf(measured);
  const rows = DURATIONS.map((name) => {
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
  const about = DURATIONS.map((name) => [name, PARAMETERS[name].about]);
  return [
    textTable([head, ...rows]),
    '',
    `pendingCancel: ${value ?? 'not measured'} (${cancels.join(', ')})`,
    ...missing(measured),
    '',
    ...about.map(([name, text]) => `${name}: ${text}`),
  ].join('\n');
}

/** A parameter may have both figures and rounds that gave none. */
function missing({ durations, pendingCancel }: Measured): readonly string[] {
  const lines = [
    ...DURATIONS.map(
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

function spreadText(spread: object | undefined): string {
  if (spread === undefined) return 'not measured';
  const fields = Object.entries(spread).map(([name, value]) => `${name}: ${String(value)}`);
  return `{ ${fields.join(', ')} }`;
}
