/** What a new user gets wrong, in order, with the remedy beside each finding. It reads, and changes nothing. */
import { AwsError } from '../aws/refusal.ts';
import { bootstrap, lastPass, schedule } from './account-checks.ts';
import { classesRead, credentialAccepted, secrets } from './demand-checks.ts';
import {
  type Check,
  CHECKS,
  type Finding,
  NotThereYet,
  part,
  type Said,
  unknown,
} from './finding.ts';
import { images, instanceTypes } from './machine-checks.ts';
import { network } from './network-checks.ts';
import type { Patient } from './patient.ts';
import { quota } from './quota-checks.ts';
import { stack } from './stack-checks.ts';

const LATER = unknown('this shows when the stack is deployed');

type Work = (patient: Patient) => Promise<readonly Said[]>;

/** The others are made before there is an account to look at. */
type Examined = Exclude<Check, 'config' | 'credentials'>;

/** A check without its work does not compile. */
const WORK: Readonly<Record<Examined, Work>> = {
  bootstrap,
  stack,
  secrets,
  'credential accepted': credentialAccepted,
  classes: classesRead,
  'vCPU quota': quota,
  schedule,
  'last pass': lastPass,
  images,
  'instance types': instanceTypes,
  network,
};

/** Makes every check; what one cannot find out keeps no other from it, but for a session that has expired. */
export async function examine(
  patient: Patient,
  onFound: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const tell = (check: Check, said: Said) => {
    const finding = { check, ...said };
    found.push(finding);
    onFound(finding);
  };
  const checks = CHECKS.filter((check): check is Examined => check in WORK);
  for (const [index, check] of checks.entries()) {
    try {
      const already = new Map(
        found.flatMap((each) => (each.verdict === 'ok' ? [] : [[each.said, each.check]])),
      );
      const said = await checked(check, async () => WORK[check](patient));
      // A refusal may be in the way of several parts.
      const once = new Map(said.map((each) => [each.said, each]));
      once.forEach((each) => tell(check, shortened(each, already)));
    } catch (error) {
      if (!(error instanceof AwsError && error.kind === 'expired')) throw error;
      tell(check, unknown(error.message));
      for (const left of checks.slice(index + 1)) {
        tell(left, unknown('not looked at: the session has expired'));
      }
      break;
    }
  }
  return found;
}

async function checked(
  check: Check,
  work: () => Promise<readonly Said[]>,
): Promise<readonly Said[]> {
  try {
    return await part(work);
  } catch (error) {
    if (!(error instanceof NotThereYet)) throw error;
    return check === 'stack' ? [error.said] : [LATER];
  }
}

/** What is in the way of several checks is told once. */
function shortened(said: Said, already: ReadonlyMap<string, Check>): Said {
  const first = already.get(said.said);
  return first === undefined || said.said === LATER.said
    ? said
    : unknown(`this cannot be found out, for the reason given at ${first}`);
}
