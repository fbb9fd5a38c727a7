/** Fields of a line `pass` that other rooms name, beside those that are metrics. */

/** How many requests the source still takes, as its answers say; left out where they do not. */
export const LIMIT_FIELD = {
  /** Whose limit it is, and which one. */
  of: 'limitOf',
  /** Requests that are left, … */
  left: 'requestsLeft',
  /** … of so many in one window, … */
  limit: 'requestsLimit',
  /** … in whole percent, rounded down, … */
  percent: 'requestsLeftPercent',
  /** … and when there are as many again. */
  resets: 'limitResets',
} as const;
