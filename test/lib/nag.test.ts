import { describe, expect, test } from '@jest/globals';
import { App, aws_s3 as s3, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { stackOf } from '../../lib/template.ts';
import { SAMPLE_CONFIGS } from './sample-configs.ts';

describe("the rules of AWS Solutions and of AWS's serverless lens", () => {
  test.each([...SAMPLE_CONFIGS])('are kept by a stack %s, or broken with a reason', (_, config) => {
    expect(findingsIn(stackOf(config)).map(({ text }) => text)).toEqual([]);
  });

  test('would find what breaks one', () => {
    const bucket = new s3.CfnBucket(new Stack(new App(), 'Broken'), 'Bucket');
    expect(findingsIn(bucket)).toContainEqual(
      expect.objectContaining({ rule: 'AwsSolutions-S10', path: 'Broken/Bucket' }),
    );
  });

  test('are excused nowhere without need', () => {
    const stacks = [...SAMPLE_CONFIGS.values()].map(stackOf);
    const broken = stacks.flatMap((stack) => findingsIn(stack, { excused: false }));
    const needless = stacks
      .flatMap(excusesIn)
      .filter(
        (excuse) =>
          !broken.some(({ rule, path }) => rule === excuse.rule && path.startsWith(excuse.path)),
      );
    expect(needless).toEqual([]);
  });
});

interface Finding {
  readonly rule: string;
  /** Path of the construct, from the stack on. */
  readonly path: string;
  readonly text: string;
}

/** @param options.excused whether the reasons beside the constructs count; default true */
function findingsIn(scope: IConstruct, { excused = true } = {}): readonly Finding[] {
  return [new AwsSolutionsChecks(scope), new ServerlessChecks(scope)].flatMap((pack) => {
    if (!excused) Object.assign(pack, { isAcknowledged: () => false });
    return pack
      .validateScope(scope)
      .violations.flatMap(({ ruleName, description, violatingResources }) =>
        violatingResources.map(({ constructPath = '' }) => ({
          rule: ruleName,
          path: constructPath,
          text: `${ruleName} at ${constructPath}: ${description}`,
        })),
      );
  });
}

/** Every rule of the two packs that is excused, with the construct that has the reason beside it. */
function excusesIn(stack: Stack): readonly Pick<Finding, 'rule' | 'path'>[] {
  return stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) =>
        Object.keys(data as object).map((rule) => ({
          rule: rule.replace(/^annotation::/i, ''),
          path: node.path,
        })),
      )
      .filter(({ rule }) => /^(AwsSolutions|Serverless)-/.test(rule)),
  );
}
