/** Whether the CI system can be read: the secrets, the credential, and each class. */
import type { Failure } from '../../lambda/scaler/composition.ts';
import { type SourceName, SOURCES } from '../../lambda/scaler/contract.ts';
import { NAMES } from '../secret.ts';
import { ok, problem, problemsOr, type Said, unknown } from './finding.ts';
import type { Patient } from './patient.ts';

export async function secrets(patient: Patient): Promise<readonly Said[]> {
  const reads = await patient.secrets();
  return problemsOr(
    reads.length === 1
      ? 'the secret is filled and of the right form'
      : `all ${reads.length} secrets are filled and of the right form`,
    reads.map(({ said }) => said).filter((said) => said !== undefined),
  );
}

type Kind = Failure['kind'];

const REFUSED: ReadonlySet<Kind> = new Set(['unauthorized', 'no-token']);
/** What says nothing of the class: this machine may be elsewhere in the network than the function. */
const PASSING: ReadonlySet<Kind> = new Set(['timeout', 'unavailable', 'throttled']);

interface ReadClass {
  readonly resourceClass: string;
  readonly failure: Failure | undefined;
}

/** The classes of the pass, by the source of their fleets. */
async function classesOf(
  { config, pass }: Patient,
  source: SourceName,
  only: boolean,
): Promise<readonly ReadClass[]> {
  const { classes } = await pass();
  const sources = new Map(config.fleets.map((fleet) => [fleet.group, fleet.source]));
  // A group made by hand is in no config.
  return classes.filter(({ group }) => (sources.get(group) ?? (only && source)) === source);
}

export async function credentialAccepted(patient: Patient): Promise<readonly Said[]> {
  const { sources } = await patient.settings();
  const there = SOURCES.filter((source) => sources[source] !== undefined);
  const reads = await patient.secrets();
  const found: Said[] = [];
  for (const source of there) {
    const name = NAMES[source];
    const unread = reads.find((read) => read.source === source)?.said;
    if (unread !== undefined) {
      found.push(unknown(`this shows when the secret of ${name} can be read and used`));
      continue;
    }
    const classes = await classesOf(patient, source, there.length === 1);
    found.push(credentialOf(source, classes, patient.typed));
  }
  return found;
}

function credentialOf(source: SourceName, classes: readonly ReadClass[], typed: string): Said {
  const name = NAMES[source];
  const refused = classes.find(({ failure }) => REFUSED.has(failure?.kind ?? 'stale'))?.failure;
  if (refused !== undefined) {
    return problem(
      `${name} refuses the credential: ${refused.message}`,
      `mend what it says; a new credential goes into npx runner-scaler secret set --source ${source}${typed}`,
    );
  }
  if (classes.length === 0) return unknown(`there is no class to ask ${name} for`);
  if (classes.every(({ failure }) => failure?.kind === 'forbidden')) {
    return unknown(`${name} knows the credential, and allows it too little: see classes`);
  }
  const reached = classes.some(({ failure }) => !PASSING.has(failure?.kind ?? 'stale'));
  return reached
    ? ok(`${name} accepts the credential`)
    : unknown(
        `${name} could not be reached from this machine: ${classes[0]?.failure?.message}`,
        'where only the VPC leads there, the check "last pass" tells what the function says',
      );
}

/** What a pass on this machine says of itself, and not of the set-up. */
const OF_THIS_PASS = /^(dry run: |the clock of this machine )/;

const MEND = 'mend what it says in the CI system; or in the config, and npx cdk deploy';

export async function classesRead(patient: Patient): Promise<readonly Said[]> {
  const { classes, problems, notices } = await patient.pass();
  const ofClasses = classes.flatMap(({ resourceClass, failure }): readonly Said[] => {
    if (failure === undefined) return [];
    if (REFUSED.has(failure.kind)) {
      return [unknown(`${resourceClass} cannot be read before the credential is accepted`)];
    }
    const said = `${resourceClass} cannot be read: ${failure.message}`;
    if (PASSING.has(failure.kind)) return [unknown(said)];
    return [problem(said, MEND)];
  });
  const ofGroups = problems.map((each) =>
    problem(`a group cannot be served: ${each}`, 'correct the group, or npx cdk deploy'),
  );
  const warnings = notices.filter((notice) => !OF_THIS_PASS.test(notice));
  return problemsOr(`all ${classes.length} classes are known to the CI system and read`, [
    ...ofClasses,
    ...ofGroups,
    ...warnings.map((each) => problem(`a pass warns: ${each}`, MEND)),
  ]);
}
