/** What the function logs, in bytes: they are paid for. */
import {
  isAtRest,
  lastWordLine,
  outcomeLine,
  outcomeLines,
  type Report,
  REST_MINUTES,
} from '../../lambda/scaler/composition.ts';
import type { LastWord } from '../../lambda/scaler/contract.ts';
import type { Usage } from './usage.ts';

/** CloudWatch adds so many to each line: https://aws.amazon.com/cloudwatch/pricing/ */
const PER_LINE = 26;

/** Any name is as long as this. */
const SCALER = { name: 'ci', metrics: true };

/** Reads the lines of the function's log. */
export type LogReader = (line: string) => void;

/** The same report, of one container, whose lines are counted, and read by whoever wants them. */
export function logged(report: Report, usage: Usage, read?: LogReader): Report {
  const lines = outcomeLines(SCALER, (line) => {
    usage.logBytes += line.length + PER_LINE;
    read?.(line);
  });
  return {
    warning: (message) => report.warning(message),
    outcome(outcome, by) {
      report.outcome(outcome, by);
      if (!isAtRest(outcome) || read !== undefined) lines(outcome, by);
      // Shared out over the minutes, so that those that are not replayed are like the others.
      else if (by === 'schedule') {
        const bytes = outcomeLine(SCALER.name, outcome).length + PER_LINE;
        usage.logBytes += Math.round(bytes / REST_MINUTES);
      }
    },
  };
}

export function logLastWord(word: LastWord, at: number, usage: Usage): string {
  const line = lastWordLine(SCALER, word, at);
  usage.logBytes += line.length + PER_LINE;
  return line;
}
