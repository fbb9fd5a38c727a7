/** Runs one step of a long test and prints how long it took, so that a slow machine is seen as one. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const tell = (outcome: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${seconds} s  ${what}${outcome}\n`);
  };
  try {
    const result = await work();
    tell('');
    return result;
  } catch (error) {
    tell(': failed');
    throw error;
  }
}

/**
 * Waits until `done` gives a value, asking again every 50 ms.
 *
 * @throws Error that names what was waited for, when the deadline passes first
 */
export async function until<T>(
  what: string,
  withinMs: number,
  done: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await done();
    if (value !== undefined) return value;
    if (performance.now() > deadline) {
      throw new Error(`${what} did not happen within ${withinMs / 1000} s`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
