/** Says on standard error what takes longer than a second, so that silence is not taken for a hang. */

const FIRST_MS = 1_000;
const AGAIN_MS = 10_000;

/** @param what is under way, in words that `…` completes */
export async function inProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const say = () => {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stderr.write(seconds < AGAIN_MS / 1000 ? `${what} …\n` : `${what} … ${seconds} s\n`);
    timer = setTimeout(say, AGAIN_MS).unref();
  };
  let timer = setTimeout(say, FIRST_MS).unref();
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
