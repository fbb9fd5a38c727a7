/** Numbers, lengths of time and instants as a person reads them. The same text in terminal and page. */

const DAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Shown where there is no value, for example the mean of none. */
export const NOTHING = '–';

/** Shown where a value is not known, for example a cost without a price. */
export const UNKNOWN = 'unknown';

/** A number with a fixed count of decimals and a comma between thousands. */
export function formatNumber(value: number, decimals = 0): string {
  const rounded = Number(value.toFixed(decimals));
  // Adding 0 turns -0 into 0, so that a rounding error never shows as "-0.0".
  return (rounded + 0).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** A share between 0 and 1 in per cent. A share that is neither is never shown as 0 % or 100 %. */
export function formatShare(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return 'under 1 %';
  if (percent === 100 && share < 1) return 'over 99 %';
  return `${percent} %`;
}

export function formatDollars(dollars: number): string {
  return dollars > 0 && dollars < 0.005 ? 'under $0.01' : `$${formatNumber(dollars, 2)}`;
}

/** A length of time in its two largest units, for example `54 s`, `3 min 2 s`, `2 h 5 min`, `1 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(whole, 60, ['min', 's']);
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, ['h', 'min']);
  const hours = Math.round(seconds / 3600);
  return twoUnits(hours, 24, ['d', 'h']);
}

/** `09:12`, or `09:12:30` with seconds, in UTC. */
export function formatClock(at: number, precision: 'minutes' | 'seconds' = 'minutes'): string {
  return new Date(at).toISOString().slice(11, precision === 'minutes' ? 16 : 19);
}

/** `16 Nov`, in UTC. */
export function formatDay(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `Mon 16 Nov 2026`, in UTC. */
export function formatDate(at: number): string {
  const date = new Date(at);
  return `${DAYS[date.getUTCDay()]} ${formatDay(at)} ${date.getUTCFullYear()}`;
}

/** `Mon 16 Nov 2026, 06:00 to 20:00 UTC`; with both dates when they differ. */
export function formatPeriod(from: number, to: number): string {
  const begin = `${formatDate(from)}, ${formatClock(from)}`;
  const sameDay = formatDate(from) === formatDate(to);
  return `${begin} to ${sameDay ? '' : `${formatDate(to)}, `}${formatClock(to)} UTC`;
}

/** `1 task`, `14 tasks`, `2 passes`. */
export function counted(count: number, noun: string): string {
  const ending = noun.endsWith('s') ? 'es' : 's';
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : ending}`;
}

function twoUnits(value: number, perLarge: number, names: readonly [string, string]): string {
  const rest = value % perLarge;
  const large = `${Math.floor(value / perLarge)} ${names[0]}`;
  return rest > 0 ? `${large} ${rest} ${names[1]}` : large;
}
