/** Whether the CI system can be read: the secrets, the credential, and each class. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../aws/refusal.ts';
import { secretContents } from '../aws/secrets.ts';
import { apiSecrets, runnerSecret, type ScalerSecret } from '../secret.ts';
import type { Patient } from './doctor.ts';
import { ok, problem, problemsOr, type Said, unknown } from './finding.ts';

export async function secrets(patient: Patient): Promise<readonly Said[]> {
  const { account, config, deployment, settings, typed } = patient;
  const client = new SecretsManagerClient(account.client);
  const resources = await deployment();
  const all: readonly (ScalerSecret & { readonly fill: string })[] = [
    ...apiSecrets(await settings()).map((secret) => ({
      ...secret,
      fill: `npx runner-scaler secret set --source ${secret.source}${typed}`,
    })),
    // Machines of GitHub have none.
    ...config.fleets
      .filter(({ source }) => source !== 'github')
      .map(({ resourceClass }) => ({
        ...runnerSecret(resourceClass, { config, deployment: resources }),
        fill: `npx runner-scaler secret set ${resourceClass}${typed}`,
      })),
  ];
  const found: Said[] = [];
  for (const { id, what, kind, fill } of all) {
    try {
      const contents = ((await secretContents(client, id)) ?? '').trim();
      const parsed = kind.parse(contents);
      if (!parsed.ok) found.push(problem(`the secret of ${what} ${parsed.problem}`, fill));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.kind !== 'not-found')
        found.push(unknown(`the secret of ${what}: ${error.message}`));
      else found.push(problem(`there is no secret ${id} for ${what}`, 'npx cdk deploy'));
    }
  }
  return problemsOr(`all ${all.length} secrets are filled and of the right form`, found);
}

const REFUSED = new Set(['unauthorized', 'forbidden', 'no-token']);
/** What says nothing of the class: this machine may be elsewhere in the network than the function. */
const PASSING = new Set(['timeout', 'unavailable', 'throttled']);

export async function credentialAccepted(patient: Patient): Promise<readonly Said[]> {
  const { classes } = await patient.pass();
  const first = classes.find(({ failure }) => REFUSED.has(failure?.kind ?? ''));
  if (first?.failure !== undefined) {
    const { kind, message } = first.failure;
    const filling = `npx runner-scaler secret set${patient.typed}`;
    return [
      kind === 'no-token'
        ? problem(`there is no API credential to read with: ${message}`, filling)
        : problem(
            `the CI system refuses the credential (${message})`,
            `make a new one, and ${filling}`,
          ),
    ];
  }
  const reached = classes.some(({ failure }) => !PASSING.has(failure?.kind ?? ''));
  return [
    reached
      ? ok('the CI system accepts the API credential')
      : unknown('the CI system could not be reached from this machine'),
  ];
}

export async function classesRead(patient: Patient): Promise<readonly Said[]> {
  const { classes, problems } = await patient.pass();
  const ofClasses = classes.flatMap(({ resourceClass, failure }): readonly Said[] => {
    if (failure === undefined) return [];
    if (REFUSED.has(failure.kind)) {
      return [unknown(`${resourceClass} cannot be read before the credential is accepted`)];
    }
    const said = `${resourceClass} cannot be read: ${failure.message}`;
    if (PASSING.has(failure.kind)) return [unknown(said)];
    return [
      problem(
        said,
        'make the class in the CI system, or correct its name in the config and npx cdk deploy',
      ),
    ];
  });
  const ofGroups = problems.map((each) =>
    problem(`a group cannot be served: ${each}`, 'correct the group, or npx cdk deploy'),
  );
  return problemsOr(`all ${classes.length} classes are known to the CI system and read`, [
    ...ofClasses,
    ...ofGroups,
  ]);
}
