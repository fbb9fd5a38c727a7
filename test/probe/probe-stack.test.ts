import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { isProbeName, probeName } from '../../probe/names.ts';
import { ProbeStack, type ProbeStackProps } from '../../probe/probe-stack.ts';
import { readStackSettings, writeStackSettings } from '../../probe/stack-settings.ts';
import { AGENT_VERSION } from '../../runner-userdata/linux/agents/circleci/settings.ts';
import { textUserData } from '../../runner-userdata/linux/render.ts';
import { USER_DATA_LIMIT_BYTES } from '../../runner-userdata/user-data.ts';

const { context } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
) as { readonly context: Readonly<Record<string, unknown>> };

const PROPS: ProbeStackProps = {
  name: 'runner-scaler-probe-00c0ffee',
  token: 'a-token',
  platform: 'ubuntu-24.04',
  instanceType: 'm7i.large',
};

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Readonly<Record<string, never>>;
}

let template: Template;
let artifact: ReturnType<ReturnType<App['synth']>['getStackByName']>;
let resources: readonly Resource[];

beforeAll(() => {
  const app = new App({ context });
  const stack = new ProbeStack(app, PROPS);
  template = Template.fromStack(stack);
  const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
  resources = Object.values(Resources);
  artifact = app.synth().getStackByName(PROPS.name);
});

const only = (type: string) => {
  const found = resources.filter(({ Type }) => Type === type);
  expect(found).toHaveLength(1);
  return found[0]?.Properties ?? {};
};

describe('the stack of a probe', () => {
  test('needs no bootstrapped account: no asset, no rule, and small enough to be sent as it is', () => {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    const text = JSON.stringify(artifact.template, null, 1);
    expect(Buffer.byteLength(text)).toBeLessThan(51_200);
    expect(text).not.toContain('cdk-bootstrap');
    expect(artifact.assets).toEqual([]);
  });

  test('keeps nothing when it is deleted', () => {
    expect(resources.filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });

  test('has a group of at most one machine, from zero', () => {
    expect(only('AWS::AutoScaling::AutoScalingGroup')).toMatchObject({
      MinSize: '0',
      MaxSize: '1',
    });
  });

  test("boots machines with the product's own user data; only the address for tasks differs", () => {
    const { LaunchTemplateData } = only('AWS::EC2::LaunchTemplate') as {
      LaunchTemplateData?: { UserData: { 'Fn::Base64': { 'Fn::Join': [string, unknown[]] } } };
    };
    const [, parts = []] = LaunchTemplateData?.UserData['Fn::Base64']['Fn::Join'] ?? [];
    const rendered = parts
      .map((part) => {
        if (typeof part === 'string') return part;
        return JSON.stringify(part).includes('FunctionUrl') ? 'https://URL' : 'SECRET';
      })
      .join('');
    expect(rendered).toBe(
      textUserData({
        platform: 'ubuntu-24.04',
        group: `${PROPS.name}.probe.machine`,
        launchHook: 'runner-ready',
        resourceClass: 'probe/machine',
        eventSource: `runner-scaler.${PROPS.name}/probe/machine`,
        tellTaskEnd: false,
        drainTimeoutSeconds: 120,
        watchInterruption: false,
        idleTimeoutSeconds: 3600,
        maxRunTimeSeconds: 3600,
        bootTimeoutSeconds: 900,
        agent: {
          source: 'circleci',
          tokenSecret: 'SECRET',
          runnerUrl: 'https://URL.on.aws',
          retryOnInterruption: false,
          version: AGENT_VERSION,
        },
      }),
    );
    // As text it is compressed in part only; the real address and ARN are longer than these.
    expect(Buffer.byteLength(rendered)).toBeLessThan(USER_DATA_LIMIT_BYTES - 512);
  });

  test('lets agents, which sign nothing, reach the stand-in', () => {
    expect(only('AWS::Lambda::Url')).toMatchObject({ AuthType: 'NONE' });
    // Both are wanted: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    for (const Action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
      template.hasResourceProperties('AWS::Lambda::Permission', { Action, Principal: '*' });
    }
  });

  test('the function may write to its own log, and bring no deleted one back', () => {
    const statements = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(statements).toContain('logs:PutLogEvents');
    expect(statements).not.toContain('logs:CreateLogGroup');
    expect(JSON.stringify(template.findResources('AWS::IAM::Role'))).not.toContain(
      'ManagedPolicyArns":["',
    );
  });

  test('is tagged with its name, so that its groups are found', () => {
    const tag = { Key: 'runner-scaler-probe', Value: PROPS.name };
    for (const type of [
      'AWS::AutoScaling::AutoScalingGroup',
      'AWS::Lambda::Function',
      'AWS::EC2::VPC',
    ]) {
      expect(only(type)).toMatchObject({
        Tags: expect.arrayContaining([expect.objectContaining(tag)]),
      });
    }
  });
});

describe('the name of a probe', () => {
  test('is told from that of every other stack, because what has it is deleted', () => {
    expect(probeName(new Uint8Array([0, 192, 255, 238]))).toBe(PROPS.name);
    expect(isProbeName(PROPS.name)).toBe(true);
    for (const name of [
      'runner-scaler-probe-',
      'runner-scaler-probe-team',
      'runner-scaler',
      `x${PROPS.name}`,
      `${PROPS.name}0`,
    ]) {
      expect({ name, is: isProbeName(name) }).toEqual({ name, is: false });
    }
  });
});

describe("the app's settings", () => {
  test('come through the environment as they were sent', () => {
    expect(readStackSettings(writeStackSettings(PROPS))).toEqual(PROPS);
  });

  test('name the variable that is missing', () => {
    expect(() => readStackSettings({})).toThrow(
      /RUNNER_SCALER_PROBE_\w+ is not set; this app is run by npm run probe/,
    );
  });
});
