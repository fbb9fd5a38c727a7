/** Whether the stack is deployed, is that of the config, and nobody changed it by hand. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  type OptionsInWords,
  optionsInWords,
  settingsInWords,
} from '../../config/options-in-words.ts';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import { settingsOf } from '../aws/deployment.ts';
import type { OperatedGroup } from '../aws/groups.ts';
import { AwsError } from '../aws/refusal.ts';
import { stackTemplate } from '../aws/stack.ts';
import type { Patient } from './patient.ts';
import { asked, part, problem, problemsOr, type Said, unknown } from './finding.ts';
import { deployedRecord, templateDifferences } from './template-differences.ts';

const DEPLOY = 'npx cdk deploy';
const EVENTS = 'see its events in CloudFormation, mend what they say';

/** Of the states in which the stack is there, those in which something is to be done. */
const STATES: readonly (readonly [RegExp, (name: string) => Said])[] = [
  [
    /^UPDATE_ROLLBACK_FAILED$/,
    (name) =>
      problem(
        `the stack ${name} is in UPDATE_ROLLBACK_FAILED: the last deployment failed, and so did taking it back`,
        `${EVENTS}, and npx cdk rollback`,
      ),
  ],
  [
    /^UPDATE_ROLLBACK_COMPLETE$/,
    (name) =>
      problem(
        `the stack ${name} is in UPDATE_ROLLBACK_COMPLETE: the last deployment failed, and what was there before runs on`,
        `${EVENTS}, and ${DEPLOY}`,
      ),
  ],
  [
    /^DELETE_FAILED$/,
    (name) =>
      problem(
        `the stack ${name} is in DELETE_FAILED: it was to be removed, and something of it is left`,
        'docs/removing.md says what holds a stack up',
      ),
  ],
  [
    /IN_PROGRESS$/,
    (name) =>
      unknown(
        `a deployment of the stack ${name} is under way, and what is there changes`,
        'repeat the command when it has ended',
      ),
  ],
  [
    /FAILED$/,
    (name) =>
      problem(
        `a deployment of the stack ${name} failed, and was not taken back`,
        `${EVENTS}, and ${DEPLOY}`,
      ),
  ],
];

export async function stack(patient: Patient): Promise<readonly Said[]> {
  const { config, deployment } = patient;
  const { status } = await deployment();
  const state = STATES.find(([pattern]) => pattern.test(status))?.[1](config.name);
  if (state?.verdict === 'unknown') return [state];
  const template = await asked(async () => deployedTemplate(patient));
  const record = template.known ? deployedRecord(template.value) : undefined;
  const deployed = record?.options ?? optionsInWords(config);
  return problemsOr(`the stack ${config.name} is deployed (${status}), and as the config has it`, [
    ...(state === undefined ? [] : [state]),
    ...(template.known ? await compared(patient, template.value) : [template.said]),
    ...(await part(async () => groupsByHand(patient, deployed))),
    ...(await part(async () => functionByHand(patient, deployed))),
  ]);
}

async function deployedTemplate({ account, config }: Patient): Promise<string> {
  return stackTemplate(new CloudFormationClient(account.client), config.name);
}

async function compared({ template }: Patient, deployed: string): Promise<readonly Said[]> {
  const own = await template().then(
    (value) => ({ value }),
    (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
  );
  if ('value' in own) return templateDifferences({ deployed, own: own.value });
  return [
    unknown(
      `the template of the config cannot be made here, and so not be compared: ${own.failure.split('\n')[0]}`,
      'see that npx cdk synth works in this folder',
    ),
  ];
}

async function groupsByHand(
  { config, groups }: Patient,
  deployed: OptionsInWords,
): Promise<readonly Said[]> {
  const found = await groups();
  const known = new Set(config.fleets.map(({ group }) => group));
  return [
    ...config.fleets.flatMap((fleet) => {
      const group = found.find((each) => each.group === fleet.group);
      if (group !== undefined) return sizesByHand(fleet, group, deployed);
      // That it is not deployed is said of the template.
      if (deployed[`${fleet.resourceClass}: max`] === undefined) return [];
      return [
        problem(
          `the group ${fleet.group} of ${fleet.resourceClass} is not there, or has lost its tag runner-scaler:name`,
          `give it the tag back; if it was deleted, take the class out of the config, ${DEPLOY}, and add it again`,
        ),
      ];
    }),
    ...found
      .filter(({ group }) => !known.has(group))
      .map(({ group, resourceClass }) =>
        problem(
          `the group ${group} serves ${resourceClass}, which the config does not have`,
          'add the class to the config, or drain it and delete the group: docs/removing.md',
        ),
      ),
  ];
}

/** A deployment does not write sizes that are unchanged in the template. */
function sizesByHand(
  { resourceClass, schedules = [] }: ResolvedFleet,
  group: OperatedGroup,
  deployed: OptionsInWords,
): readonly Said[] {
  const scheduled = schedules.some(({ min }) => min !== undefined);
  const sizes = { max: group.max, ...(!scheduled && { min: group.min }) };
  return Object.entries(sizes).flatMap(([size, value]) => {
    const was = deployed[`${resourceClass}: ${size}`];
    if (was === undefined || was === String(value)) return [];
    return [
      problem(
        `${resourceClass}: ${size} is ${value} in the group, and was deployed as ${was}: somebody changed it by hand`,
        `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${group.group} --${size}-size ${was}, or write ${value} into the config; a deployment leaves it as long as the config stays the same`,
      ),
    ];
  });
}

const LOOPBACK = /^https?:\/\/(127\.|localhost|\[::1\])/;

async function functionByHand(
  patient: Patient,
  deployed: OptionsInWords,
): Promise<readonly Said[]> {
  const found = await patient.function().catch((error: unknown) => {
    if (!(error instanceof AwsError && error.kind === 'not-found')) throw error;
    return undefined;
  });
  if (found === undefined) {
    return [
      problem(
        'the function of the stack is gone: somebody deleted it',
        `a deployment makes it again only when it changes: npx cdk destroy and ${DEPLOY}, after docs/removing.md`,
      ),
    ];
  }
  const { FunctionName: name = '', State, StateReason = '', LastUpdateStatus } = found;
  const inWords = Object.entries(settingsInWords(settingsOf(found)));
  // A simulated function reads its CI system on this machine.
  const simulated = inWords.some(
    ([option, value]) => option.endsWith('.url') && LOOPBACK.test(value),
  );
  const changed = inWords.filter(
    ([option, value]) =>
      deployed[option] !== undefined &&
      deployed[option] !== value &&
      !(simulated && /^(circleci|github|gitlab)\./.test(option)),
  );
  return [
    ...(State === 'Failed' || LastUpdateStatus === 'Failed'
      ? [
          problem(
            `Lambda cannot run the function ${name} as it was deployed${StateReason && `: ${StateReason}`}`,
            `mend what it says, and ${DEPLOY}`,
          ),
        ]
      : []),
    ...changed.map(([option, value]) =>
      problem(
        `${option} is ${value} in the variables of the function, and was deployed as ${deployed[option]}: somebody changed it by hand`,
        `change it back at the function ${name} in Lambda, or write it into the config; a deployment leaves it as long as the config stays the same`,
      ),
    ),
  ];
}
