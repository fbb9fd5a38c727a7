/**
 * Thrown when a config cannot be used. Lists every mistake at once; each names the entry, the value and what is
 * allowed. Not thrown for what only a deployment can show.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`config is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
