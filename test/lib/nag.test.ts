import { describe, expect, test } from '@jest/globals';
import { App, aws_s3 as s3, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { stackOf } from './stack-fixture.ts';
import { SAMPLE_CONFIGS } from './sample-configs.ts';

describe("the rules of AWS Solutions and of AWS's serverless lens", () => {
  test.each([...SAMPLE_CONFIGS])('are kept by a stack %s, or broken with a reason', (_, config) => {
    expect(findingsIn(stackOf(config))).toEqual([]);
  });

  test('would find what breaks one', () => {
    const bucket = new s3.CfnBucket(new Stack(new App(), 'Broken'), 'Bucket');
    expect(findingsIn(bucket)).toContainEqual(
      expect.stringMatching(/^AwsSolutions-S10 at Broken\/Bucket: /),
    );
  });
});

function findingsIn(stack: IConstruct): readonly string[] {
  return [new AwsSolutionsChecks(stack), new ServerlessChecks(stack)].flatMap((pack) =>
    pack
      .validateScope(stack)
      .violations.flatMap(({ ruleName, description, violatingResources }) =>
        violatingResources.map(
          ({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`,
        ),
      ),
  );
}
