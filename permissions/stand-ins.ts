/** What the references in our templates stand for: ARNs for the evaluator, words for readers. */
import type { Resources } from '../lib/template.ts';
import type { StandIn } from './resolve.ts';

const PARTITION = 'aws';
const REGION = 'eu-central-1';
const ACCOUNT = '111122223333';

/** ARN of something of the account and region that the stand-ins place the stack in. */
export function arn(service: string, resource: string): string {
  return `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

interface Referred {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Meaning {
  readonly asArn: (referred: Referred) => string;
  readonly inWords: (referred: Referred) => string;
}

/** The functions of the stack, by how the ids of their constructs begin. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['Scaler', 'the scaler function'],
  ['Registrar', 'the registrar'],
  ['Webhook', 'the webhook'],
]);

function functionInWords({ id }: Referred): string {
  const [, words] = [...FUNCTIONS].find(([prefix]) => id.startsWith(prefix)) ?? [];
  if (words === undefined)
    throw new Error(`no words for ${id}; add them to permissions/stand-ins.ts`);
  return words;
}

/** By type and attribute; the one place to add what a new statement refers to. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'AWS::SecretsManager::Secret': {
    // The six characters at the end are those that Secrets Manager adds.
    asArn: ({ id }) => arn('secretsmanager', `secret:${id}-a1B2c3`),
    inWords: ({ properties }) => `secret "${String(properties['Description'])}"`,
  },
  'AWS::Lambda::Function.Arn': {
    asArn: ({ id }) => arn('lambda', `function:${id}`),
    inWords: functionInWords,
  },
  'AWS::Logs::LogGroup.Arn': {
    // CloudFormation's ARN of a log group has this end, which stands for its streams.
    asArn: ({ properties }) =>
      `${arn('logs', `log-group:${String(properties['LogGroupName'])}`)}:*`,
    inWords: ({ properties }) => `log group ${String(properties['LogGroupName'])}`,
  },
  'AWS::SQS::Queue.Arn': {
    asArn: ({ id }) => arn('sqs', id),
    inWords: () => 'the queue of events',
  },
  'AWS::SNS::Topic': {
    asArn: ({ id }) => arn('sns', id),
    inWords: () => 'the topic of alarms',
  },
  'AWS::IAM::Role.Arn': {
    asArn: ({ id }) => `arn:${PARTITION}:iam::${ACCOUNT}:role/${id}`,
    inWords: ({ properties }) => `role "${String(properties['Description'])}"`,
  },
  'AWS::Events::Rule.Arn': {
    asArn: ({ id }) => arn('events', `rule/${id}`),
    inWords: ({ properties }) => `rule "${String(properties['Description'])}"`,
  },
};

export function standInArns(resources: Resources): StandIn {
  return standIn(resources, 'asArn', {
    'AWS::Partition': PARTITION,
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
  });
}

export function standInWords(resources: Resources): StandIn {
  return standIn(resources, 'inWords', {
    'AWS::Partition': 'aws',
    'AWS::Region': 'REGION',
    'AWS::AccountId': 'ACCOUNT',
  });
}

function standIn(
  resources: Resources,
  style: keyof Meaning,
  pseudo: Readonly<Record<string, string>>,
): StandIn {
  return (name, attribute) => {
    const known = attribute === undefined ? pseudo[name] : undefined;
    if (known !== undefined) return known;
    const resource = resources[name];
    const what = [resource?.Type ?? name, ...(attribute === undefined ? [] : [attribute])].join(
      '.',
    );
    const meaning = MEANINGS[what];
    if (meaning === undefined) {
      throw new Error(
        `a policy refers to ${what}; known: ${Object.keys(MEANINGS).join(', ')}; ` +
          'add it to permissions/stand-ins.ts',
      );
    }
    return meaning[style]({ id: name, properties: resource?.Properties ?? {} });
  };
}
