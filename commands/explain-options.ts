/** `runner-scaler explain`: what it is told on its command line. */
import { number, type Option, text, type Values, withDefault } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { UsageError } from '../cli/usage-error.ts';
import { JSON_OUTPUT, type Where, WHERE } from './aws/options.ts';

const OPTIONS = {
  at: text(
    '--at <time>',
    'the moment, such as 2026-03-02T18:00:00Z, or 2h for two hours ago; default: now',
  ),
  minutes: withDefault(
    number(
      '--minutes <n>',
      'of decisions that are told, up to that moment and a third as many after it',
      {
        least: 1,
        most: 240,
      },
    ),
    15,
  ),
  json: JSON_OUTPUT,
  ...WHERE,
} satisfies Record<string, Option<unknown>>;

export type ExplainGiven = Values<typeof OPTIONS>;

export const EXPLAIN = subcommand({
  about:
    'Tells why a class got what it got: the decisions around a moment, and what became of its machines.',
  details:
    "It reads the log of the scaler and the group's record of launches, and changes nothing. The log is kept " +
    'for logRetentionDays of the config, the record for six weeks.',
  options: OPTIONS,
  names: { flags: '<class>', about: 'the resource class, as in acme/linux' },
  load: async () => (await import('./explain-command.ts')).EXPLAINING,
});

export interface ExplainOptions extends Where {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly minutes: number;
  readonly json: boolean;
}

const ALLOWED =
  'a time with its zone, such as 2026-03-02T18:00:00Z, or 15m, 2h or 3d for so long ago';

/** With a zone, because a time without one means another moment to its reader than to its writer. */
const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param now milliseconds since the epoch
 * @throws UsageError naming the option, its value and what is allowed
 */
export function explainOptionsOf(given: ExplainGiven, now: number): ExplainOptions {
  const { at: typed, ...others } = given;
  if (typed === undefined) return { ...others, at: now };
  const [, count, unit = ''] = /^(\d{1,4})([mhd])$/.exec(typed) ?? [];
  const ago = count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
  const at = ago === undefined ? momentOf(typed) : now - ago;
  if (Number.isNaN(at)) {
    throw new UsageError(`--at is ${JSON.stringify(typed)}; allowed: ${ALLOWED}`);
  }
  if (at > now) {
    throw new UsageError(
      `--at is ${JSON.stringify(typed)}, which is still to come; allowed: ${ALLOWED}`,
    );
  }
  return { ...others, at };
}

function momentOf(typed: string): number {
  const [, year, month, day] = MOMENT.exec(typed) ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(typed);
  // JavaScript takes the 30th of February for the 2nd of March.
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) > last ? Number.NaN : at;
}
