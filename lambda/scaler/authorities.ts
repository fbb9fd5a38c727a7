/**
 * Certificate authorities that are trusted besides the public ones, in every client of the process: the CI system's
 * and the SDK's.
 *
 * Not by NODE_EXTRA_CA_CERTS, which Node ignores with no more than a warning where it cannot read the file, and of
 * which it is reported that Lambda's runtime had started without it.
 *
 * @see https://nodejs.org/api/tls.html#tlssetdefaultcacertificatescerts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { ENV, SettingsError } from './contract/settings.ts';

/** Since Node 22.19 and 24.5, which is older than Lambda's Node 24. */
interface Trusting {
  getCACertificates(kind: 'default'): readonly string[];
  setDefaultCACertificates(certificates: readonly string[]): void;
}

/**
 * Trusts the authorities in a file of the function's code.
 *
 * @param name of the file
 * @param code the folder of the code, as Lambda's LAMBDA_TASK_ROOT has it
 * @throws SettingsError where the file is not there
 */
export function trustFile(name: string, code: string): void {
  if (!isTrusting(tls)) {
    throw new SettingsError([
      `${ENV.caFile} needs Node 22.19, 24.5 or later, this is ${process.version}`,
    ]);
  }
  let pem: string;
  try {
    pem = readFileSync(join(code, name), 'utf8');
  } catch (cause) {
    throw new SettingsError([
      `${ENV.caFile} is ${JSON.stringify(name)}, which cannot be read beside the code (${String(cause)}); deploy again`,
    ]);
  }
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), pem]);
}

function isTrusting(module: object): module is Trusting {
  return 'getCACertificates' in module && 'setDefaultCACertificates' in module;
}
