/** What was measured of a GitLab, for people. */
import { textTable } from '../../simulator/report/text-table.ts';
import { medianOf } from '../parameters.ts';
import { type Lags, parametersOfLags } from './lags.ts';

export function lagsText(lags: Lags): string {
  const { countLag = '-', unclaimedLag = '-' } = parametersOfLags(lags);
  return [
    textTable([
      ['seconds after the start of a job', 'jobs', 'min', 'median', 'max'],
      row('the count of running jobs has it', lags.running),
      row('the list of pending jobs has it no longer', lags.pending),
    ]),
    '',
    `countLag: ${countLag}`,
    `unclaimedLag: ${unclaimedLag}`,
  ].join('\n');
}

function row(what: string, seconds: readonly number[]): readonly string[] {
  const figures =
    seconds.length === 0
      ? ['-', '-', '-']
      : [Math.min(...seconds), medianOf(seconds), Math.max(...seconds)].map((each) =>
          each.toFixed(1),
        );
  return [what, String(seconds.length), ...figures];
}
