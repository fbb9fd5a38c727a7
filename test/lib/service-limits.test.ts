import { describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { type Resources, templateOf } from '../../lib/template.ts';

/** The longest class, which the source of its machines' events holds behind the longest name of a scaler. */
const LONGEST_CLASS = 256 - `runner-scaler.${'i'.repeat(32)}/`.length;

/** As long and as odd as the config lets everything be. */
const EXTREME: ScalerConfig = {
  name: `C${'i'.repeat(31)}`,
  tags: {
    name: 'v'.repeat(255),
    ...Object.fromEntries(
      Array.from({ length: 39 }, (_, n) => [`${n} _.:/=+@-ö`.padEnd(127, 'k'), 'v'.repeat(60)]),
    ),
  },
  circleci: { url: `https://circleci.example.com/${'x'.repeat(460)}` },
  resourceClasses: [
    { resourceClass: 'acme/gpu:a+b_C-', max: 1, headroom: 1 },
    { resourceClass: `acme/${'l'.repeat(LONGEST_CLASS - 'acme/'.length)}`, max: 1 },
    { resourceClass: `acme/${':+'.repeat(54)}`, max: 1 },
  ],
};

/** GitHub allows fewer tags, and keys of fewer characters. */
const EXTREME_GITHUB: ScalerConfig = {
  name: EXTREME.name,
  tags: {
    name: 'v'.repeat(255),
    ...Object.fromEntries(
      Array.from({ length: 37 }, (_, n) => [`${n}_.:=+@-`.padEnd(127, 'k'), 'v'.repeat(60)]),
    ),
  },
  github: {
    url: `https://github.example.com/${'x'.repeat(460)}`,
    repositories: Array.from({ length: 15 }, (_, n) => `acme/${String(n).padEnd(100, 'r')}`),
    webhook: true,
    agent: { version: '2.336.0', sha256: { x86_64: 'a'.repeat(64), arm64: 'b'.repeat(64) } },
    fleets: [
      {
        name: 'gpu:a+b_C-',
        labels: ['l'.repeat(100)],
        runnerGroup: 'g'.repeat(50),
        registerAt: 'acme',
        max: 1,
        headroom: 1,
      },
      { name: 'n'.repeat(100), labels: ['m'], registerAt: 'acme', max: 1, headroom: 1 },
    ],
  },
};

interface Rule {
  readonly type: string;
  readonly property: string;
  readonly accepts: RegExp;
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html */
const RULES: readonly Rule[] = [
  {
    type: 'AWS::IAM::Role',
    property: 'Description',
    accepts: /^[\t\n\r\u0020-\u007E\u00A1-\u00FF]{1,1000}$/,
  },
  { type: 'AWS::SecretsManager::Secret', property: 'Description', accepts: /^.{1,2048}$/ },
  { type: 'AWS::Lambda::Function', property: 'Description', accepts: /^.{1,256}$/ },
  { type: 'AWS::Logs::LogGroup', property: 'LogGroupName', accepts: /^[.\-_/#A-Za-z0-9]{1,512}$/ },
  { type: 'AWS::Scheduler::Schedule', property: 'Description', accepts: /^.{1,512}$/ },
  { type: 'AWS::Events::Rule', property: 'Description', accepts: /^.{1,512}$/ },
  {
    type: 'AWS::EC2::SecurityGroup',
    property: 'GroupDescription',
    accepts: /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/,
  },
  {
    type: 'AWS::AutoScaling::AutoScalingGroup',
    property: 'AutoScalingGroupName',
    accepts: /^[!-9;-~]{1,255}$/,
  },
];

describe.each([
  ['CircleCI', EXTREME],
  ['GitHub', EXTREME_GITHUB],
])('the stack of the longest and oddest names that a config of %s may have', (_, config) => {
  const template = templateOf(config);
  const { Resources: resources, Outputs: outputs } = template.toJSON() as {
    readonly Resources: Resources;
    readonly Outputs: Readonly<Record<string, { readonly Description: string }>>;
  };

  test.each(RULES)('has in each $type a $property that its service takes', (rule) => {
    const found = Object.values(resources).filter(({ Type }) => Type === rule.type);
    expect(found.length).toBeGreaterThan(0);
    // Where the CDK makes a role by itself there is no description.
    for (const { Properties } of found) {
      expect(Properties[rule.property] ?? ' ').toMatch(rule.accepts);
    }
  });

  test('has on every resource no more than 50 tags, and no two that IAM takes for one', () => {
    const tagged = Object.entries(resources).filter(([, { Properties }]) => Properties?.['Tags']);
    expect(tagged.length).toBeGreaterThan(10);
    for (const [id, { Properties, Type }] of tagged) {
      const keys = (Properties['Tags'] as readonly { readonly Key: string }[]).map(
        ({ Key }) => Key,
      );
      // The scaler adds the tags of its hold-back and of the last use to a group, and an operator that of a hold.
      const most = Type === 'AWS::AutoScaling::AutoScalingGroup' ? 50 - 3 : 50;
      expect([id, keys.length]).toEqual([id, Math.min(keys.length, most)]);
      const told = new Set(
        keys.map((key) => (Type.startsWith('AWS::IAM') ? key.toLowerCase() : key)),
      );
      expect([id, told.size]).toEqual([id, keys.length]);
    }
  });

  test('has variables of each function within 4 kB', () => {
    const functions = Object.values(resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    expect(functions.length).toBeGreaterThan(0);
    for (const { Properties } of functions) {
      expect(JSON.stringify(Properties['Environment']).length).toBeLessThan(4_096);
    }
  });

  test('has ids and descriptions of outputs within what CloudFormation takes', () => {
    for (const id of [...Object.keys(resources), ...Object.keys(outputs)]) {
      expect(id).toMatch(/^[A-Za-z0-9]{1,255}$/);
    }
    for (const { Description } of Object.values(outputs)) {
      expect(Description.length).toBeLessThanOrEqual(1_024);
    }
  });
});
