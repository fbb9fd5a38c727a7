/** Thrown for a command line that cannot be understood; the message names the option, its value and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
