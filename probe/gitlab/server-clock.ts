/** The clock of a server, as its answers show it: `Date` has whole seconds, and many answers narrow it down. */

export interface Heard {
  /** By this computer's clock, in milliseconds since the epoch, like all others. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** The header `Date`; null without one. */
  readonly date: string | null;
}

export interface ServerClock {
  heard(answer: Heard): void;
  /** The server's time at a moment of this computer's. */
  of(moment: number): number;
}

export function serverClock(): ServerClock {
  // The server's clock is ahead by at least `least` and by at most `most`.
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;

  return {
    heard({ sentAt, receivedAt, date }) {
      const second = Date.parse(date ?? '');
      if (Number.isNaN(second)) return;
      const [low, high] = [second - receivedAt, second + 1000 - sentAt];
      // One of the clocks was set.
      const isOther = low > most || high < least;
      least = isOther ? low : Math.max(least, low);
      most = isOther ? high : Math.min(most, high);
    },
    of: (moment) => moment + (Number.isFinite(least) ? (least + most) / 2 : 0),
  };
}
