/** Text that does not compress beyond its alphabet, the same at every run. */
import { createHash } from 'node:crypto';

/** As many hexadecimal digits, in no order; other ones for another seed. */
export function noise(length: number, seed = 0): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1) {
    text += createHash('sha256').update(`${seed} ${block}`).digest('hex');
  }
  return text.slice(0, length);
}
