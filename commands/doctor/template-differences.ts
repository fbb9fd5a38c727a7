/** How the template that is deployed differs from the one that the config gives, in the words of the config. */
import { type ConfigRecord, recordIn } from '../../lib/config-record.ts';
import { isObject, parseObject } from '../../lambda/scaler/contract.ts';
import { problem, type Said, unknown } from './finding.ts';

export interface Templates {
  /** As CloudFormation gives it. */
  readonly deployed: string;
  /** Of the config, by this version. */
  readonly own: unknown;
}

const DEPLOY = 'npx cdk deploy';
const DIFF = 'npx cdk diff shows what a deployment would change, and npx cdk deploy changes it';

/**
 * Only what resources are made of is compared: metadata and outputs change nothing that runs. Of options that
 * another version has and this one has not, nothing is said.
 *
 * @returns nothing where a deployment would change nothing
 */
export function templateDifferences({ deployed, own }: Templates): readonly Said[] {
  const theirs = parseObject(asKept(deployed));
  if (theirs === undefined) {
    return [
      unknown('the deployed template is no JSON, so that the CDK of this project did not send it'),
    ];
  }
  const ours = parseObject(asKept(JSON.stringify(own))) ?? {};
  const parts = changedParts(resourcesIn(theirs), resourcesIn(ours));
  if (parts.length === 0) return [];
  const record = recordIn(theirs['Metadata']);
  const mine = recordIn(ours['Metadata']);
  if (record === undefined || mine === undefined) {
    return [
      unknown(
        `the stack was deployed by a version of runner-scaler that kept no record of its config; a deployment would change ${parts.join(', ')}`,
        DIFF,
      ),
    ];
  }
  const options = changedOptions(record, mine);
  if (options.length > 0) {
    return options.map((difference) =>
      problem(`what is deployed is not the config: ${difference}`, DEPLOY),
    );
  }
  const versions =
    record.version === mine.version
      ? `another state of version ${mine.version}`
      : `version ${record.version}, and this is ${mine.version}`;
  return [
    unknown(
      `the stack was deployed from the same config by another version of runner-scaler (${versions}); a deployment would change ${parts.join(', ')}`,
      DIFF,
    ),
  ];
}

/** @returns undefined where it is not known of what the stack was made */
export function deployedRecord(template: string): ConfigRecord | undefined {
  return recordIn(parseObject(template)?.['Metadata']);
}

/**
 * CloudFormation gives a question mark for every character beyond ASCII.
 *
 * @see https://github.com/aws/aws-cdk/issues/10523
 */
function asKept(template: string): string {
  return template.replaceAll(/[\u{80}-\u{10ffff}]/gu, '?');
}

type Objects = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function resourcesIn(template: Readonly<Record<string, unknown>>): Objects {
  const { Resources: found } = template;
  if (!isObject(found)) return {};
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, Objects[string]] => isObject(entry[1])),
  );
}

const COMPARED = ['Type', 'Properties', 'UpdatePolicy', 'DeletionPolicy'];

/** Kinds of resources of which one is new, gone or changed; each once. */
function changedParts(theirs: Objects, ours: Objects): readonly string[] {
  const ids = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const changed = ids.filter((id) =>
    COMPARED.some((key) => sorted(theirs[id]?.[key]) !== sorted(ours[id]?.[key])),
  );
  return [...new Set(changed.map((id) => kindOf(String((ours[id] ?? theirs[id])?.['Type']))))];
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^AWS::Lambda::Function$/, 'the code or the settings of functions'],
  [/^AWS::EC2::LaunchTemplate$/, 'launch templates (user data, image, disk)'],
  [/^AWS::AutoScaling::/, 'Auto Scaling groups'],
  [/^AWS::IAM::/, 'permissions'],
  [/^AWS::(CloudWatch|Logs|SNS)::/, 'logs, alarms and the dashboard'],
  [/^AWS::(Scheduler|Events|SQS|Lambda)::/, 'what wakes the functions'],
  [/^AWS::EC2::/, 'the network'],
];

function kindOf(type: string): string {
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

/** As text in which the order of keys says nothing. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

function changedOptions(theirs: ConfigRecord, ours: ConfigRecord): readonly string[] {
  const [before, now] = [theirs.options, ours.options];
  const classes = { before: classesIn(before), now: classesIn(now) };
  const added = [...classes.now].filter((name) => !classes.before.has(name));
  const gone = [...classes.before].filter((name) => !classes.now.has(name));
  const whole = new Set([...added, ...gone]);
  const others = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (option) => before[option] !== now[option] && !whole.has(classOf(option) ?? ''),
  );
  const sameVersion = theirs.version === ours.version;
  return [
    ...added.map((name) => `${name} is in the config, and not deployed`),
    ...gone.map((name) => `${name} is deployed, and not in the config`),
    ...others.flatMap((option) => {
      const [one, other] = [before[option], now[option]];
      if (!sameVersion && (one === undefined || other === undefined)) return [];
      if ([one, other].some((value) => value?.startsWith('sha256:'))) {
        return [`${option} was another`];
      }
      return [`${option} was deployed as ${one ?? 'not set'}, and is ${other ?? 'not set'} now`];
    }),
  ];
}

function classesIn(options: ConfigRecord['options']): ReadonlySet<string> {
  return new Set(
    Object.keys(options)
      .map(classOf)
      .filter((name) => name !== undefined),
  );
}

/** Undefined for an option of the whole scaler. */
function classOf(option: string): string | undefined {
  const at = option.lastIndexOf(': ');
  return at < 0 ? undefined : option.slice(0, at);
}
