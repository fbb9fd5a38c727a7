import { describe, expect, test } from '@jest/globals';
import { type IamRequest, isAllowed, type PolicyStatement } from '../../permissions/evaluate.ts';

const GROUP =
  'arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:1f-2e:autoScalingGroupName/ci-a';

const request: IamRequest = {
  action: 'autoscaling:SetDesiredCapacity',
  resource: GROUP,
  context: { 'aws:ResourceTag/team': 'ci' },
};

function allow(parts: Partial<PolicyStatement> = {}): PolicyStatement {
  return { Effect: 'Allow', Action: 'autoscaling:SetDesiredCapacity', Resource: GROUP, ...parts };
}

function withCondition(operator: string, key: string, values: string | readonly string[]) {
  return allow({ Condition: { [operator]: { [key]: values } } });
}

describe('a request', () => {
  test('is denied by no statement at all', () => {
    expect(isAllowed([], request)).toBe(false);
  });

  test('is allowed by one statement that names it among others', () => {
    expect(isAllowed([allow({ Action: 'ec2:RunInstances' }), allow()], request)).toBe(true);
  });

  test('is denied by an explicit deny in any position', () => {
    const deny = allow({ Effect: 'Deny', Action: '*', Resource: '*' });
    expect(isAllowed([deny, allow()], request)).toBe(false);
    expect(isAllowed([allow(), deny], request)).toBe(false);
  });

  test('is not denied by a deny of something else', () => {
    const deny = allow({ Effect: 'Deny', Action: 'autoscaling:DeleteAutoScalingGroup' });
    expect(isAllowed([deny, allow()], request)).toBe(true);
  });
});

describe('an action', () => {
  test.each([
    ['autoscaling:SetDesiredCapacity', true],
    ['AutoScaling:setdesiredcapacity', true],
    ['autoscaling:Set*', true],
    ['*', true],
    ['autoscaling:SetDesiredCapacit?', true],
    ['autoscaling:SetDesiredCapacity?', false],
    ['autoscaling:Describe*', false],
    ['ec2:SetDesiredCapacity', false],
    ['autoscaling:SetDesired', false],
  ])('written as %s: %s', (Action, allowed) => {
    expect(isAllowed([allow({ Action })], request)).toBe(allowed);
  });

  test('may be one of a list', () => {
    expect(isAllowed([allow({ Action: ['a:B', 'autoscaling:Set*'] })], request)).toBe(true);
  });
});

describe('a resource', () => {
  const prefix = 'arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup';
  test.each([
    ['*', true],
    [`${prefix}:*:autoScalingGroupName/ci-a`, true],
    [`${prefix}:*:autoScalingGroupName/ci-?`, true],
    [`${prefix}:*:autoScalingGroupName/*`, true],
    [`${prefix}:*:autoScalingGroupName/ci-b`, false],
    [`${prefix}:*:autoScalingGroupName/ci`, false],
    [`${prefix}:*:autoScalingGroupName/CI-A`, false],
    [GROUP.replace('eu-central-1', 'us-east-1'), false],
    [GROUP.replace('111122223333', '444455556666'), false],
    // Would match if a wildcard reached from one part of the ARN into the next.
    ['arn:aws:autoscaling:*autoScalingGroupName/ci-a', false],
    ['arn:aws:autoscaling:*:*:autoScalingGroup:*', true],
    // A dot in a pattern is a dot.
    [`${prefix}:*:autoScalingGroupName/ci.a`, false],
  ])('written as %s: %s', (Resource, allowed) => {
    expect(isAllowed([allow({ Resource })], request)).toBe(allowed);
  });

  test('may be one of a list', () => {
    expect(isAllowed([allow({ Resource: ['arn:aws:s3:::a', GROUP] })], request)).toBe(true);
  });
});

describe('a condition', () => {
  const key = 'aws:ResourceTag/team';
  test.each([
    ['StringEquals', 'ci', true],
    ['StringEquals', 'CI', false],
    ['StringEquals', 'c*', false],
    ['StringEqualsIgnoreCase', 'CI', true],
    ['StringEquals', ['other', 'ci'], true],
    ['StringEquals', ['other'], false],
    ['StringLike', 'c*', true],
    ['StringLike', 'c', false],
    ['Null', 'false', true],
    ['Null', 'true', false],
  ] as const)('%s %j of a key with the value ci: %s', (operator, values, allowed) => {
    expect(isAllowed([withCondition(operator, key, values)], request)).toBe(allowed);
  });

  test.each(['StringEquals', 'StringLike', 'ArnLike', 'Bool', 'ForAnyValue:StringEquals'])(
    '%s of a key that the request lacks is not met',
    (operator) => {
      expect(isAllowed([withCondition(operator, 'aws:ResourceTag/other', '*')], request)).toBe(
        false,
      );
    },
  );

  test('names its key in any case', () => {
    expect(isAllowed([withCondition('StringEquals', 'AWS:resourcetag/Team', 'ci')], request)).toBe(
      true,
    );
  });

  test.each([
    ['arn:aws:ec2:*:111122223333:instance/*', true],
    ['arn:aws:ec2:*:instance/i-1', false],
    ['arn:aws:ec2:*:111122223333:volume/*', false],
  ])('ArnLike %s compares part by part: %s', (pattern, allowed) => {
    const context = {
      'ec2:SourceInstanceARN': 'arn:aws:ec2:eu-central-1:111122223333:instance/i-1',
    };
    const statement = withCondition('ArnLike', 'ec2:SourceInstanceARN', pattern);
    expect(isAllowed([statement], { ...request, context })).toBe(allowed);
  });

  test('Bool knows true and false', () => {
    const statement = withCondition('Bool', 'aws:SecureTransport', 'true');
    const call = (value: string) => ({ ...request, context: { 'aws:SecureTransport': value } });
    expect(isAllowed([statement], call('true'))).toBe(true);
    expect(isAllowed([statement], call('false'))).toBe(false);
  });

  test('needs every key and every operator to be met', () => {
    const Condition = {
      StringEquals: { 'aws:ResourceTag/team': 'ci', 'aws:ResourceTag/stage': 'live' },
    };
    const context = { 'aws:ResourceTag/team': 'ci', 'aws:ResourceTag/stage': 'live' };
    const secure = { ...Condition, Bool: { 'aws:SecureTransport': 'true' } };
    expect(isAllowed([allow({ Condition })], request)).toBe(false);
    expect(isAllowed([allow({ Condition })], { ...request, context })).toBe(true);
    expect(isAllowed([allow({ Condition: secure })], { ...request, context })).toBe(false);
  });

  test.each([
    ['ForAllValues:StringEquals', 'a,b', true],
    ['ForAllValues:StringEquals', 'a,c', false],
    ['ForAnyValue:StringEquals', 'a,c', true],
    ['ForAnyValue:StringEquals', 'c', false],
    ['ForAllValues:StringLike', 'a', true],
  ])('%s of a, b and the values %s: %s', (operator, values, allowed) => {
    const statement = withCondition(operator, 'aws:TagKeys', ['a', 'b']);
    const context = { 'aws:TagKeys': values };
    expect(isAllowed([statement], { ...request, context })).toBe(allowed);
  });

  test('ForAllValues is met by a request without the key, as IAM has it', () => {
    const statement = withCondition('ForAllValues:StringEquals', 'aws:TagKeys', 'a');
    expect(isAllowed([statement], request)).toBe(true);
  });
});

describe('what is not known here', () => {
  test.each(['StringNotEquals', 'StringEqualsIfExists', 'ForSomeValues:StringEquals', 'IpAddress'])(
    'operator %s is an error, even in a statement that does not apply',
    (operator) => {
      const statement = { ...withCondition(operator, 'aws:a', 'b'), Action: 'ec2:RunInstances' };
      expect(() => isAllowed([allow(), statement], request)).toThrow(
        `condition operator is ${operator}; known: StringEquals,`,
      );
    },
  );

  test('a policy variable is an error', () => {
    expect(() =>
      isAllowed([allow({ Resource: 'arn:aws:s3:::a/${aws:username}' })], request),
    ).toThrow('policy holds the variable arn:aws:s3:::a/${aws:username}; known: none');
  });
});
