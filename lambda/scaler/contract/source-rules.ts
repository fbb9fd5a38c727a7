/** What has to be known of a source wherever its fleets are described, and how its settings are read. */

export interface SourceRules {
  /** What its classes may be called; `allowed` completes "allowed: …". */
  readonly className: { readonly pattern: RegExp; readonly allowed: string };
  /**
   * Judges the tag `runner-scaler:demand` of a fleet.
   *
   * @returns what is wrong with it, beginning with "allowed: …"; undefined when the source can use it
   */
  readonly demandProblem: (text: string | undefined) => string | undefined;
  /** The source is not to be read more often. */
  readonly leastPassIntervalSeconds: number;
}

/** The settings of one source as its variable has them. */
export interface Fields<Key extends string> {
  /** @returns undefined when the value is refused; the mistake is then noted */
  read<T>(key: Key, rule: FieldRule<T>): T | undefined;
}

export interface FieldRule<T> {
  /** Default: the value must be there. */
  readonly fallback?: T;
  readonly decode: (value: unknown) => T | undefined;
  /** Completes "allowed: …". */
  readonly allowed: string;
}

/**
 * What the classes of a source may be called that knows none: names of the user's choice. CloudWatch takes no value of a
 * dimension that begins with a colon.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export const CHOSEN_NAME: SourceRules['className'] = {
  pattern: /^(?!:)[A-Za-z0-9_./:+-]{1,100}$/,
  allowed:
    '1 to 100 letters, digits and _ . / : + -, not beginning with :, for example linux-large',
};
