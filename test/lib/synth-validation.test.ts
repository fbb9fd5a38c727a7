import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { App, aws_autoscaling as autoscaling } from 'aws-cdk-lib';
import { resolveConfig } from '../../config/resolve-config.ts';
import { ScalerStack } from '../../lib/scaler-stack.ts';
import { configOf } from './stack-fixture.ts';

const { context } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
) as { readonly context: Readonly<Record<string, unknown>> };

const RULES = '@aws-cdk/core:validateAgainstDefaultRules';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('making the template, with the settings of cdk.json', () => {
  test('fails for a stack that CloudFormation would refuse, and names what is wrong', () => {
    const said = listen();
    const problem = problemOf(() => brokenApp({}).synth());
    expect(problem).toBeInstanceOf(Error);
    // The CDK puts the findings into the message or onto the terminal.
    expect(`${String(problem)} ${said()}`).toMatch(
      /Exactly one of \[[^\]]*LaunchTemplate[^]*ci\/Fleet-acme\.linux\/Group/,
    );
  });

  test('would not fail without the flag in cdk.json', () => {
    listen();
    expect(() => brokenApp({ [RULES]: false }).synth()).not.toThrow();
  });
});

/** The stack with a group that has nothing to launch. */
function brokenApp(changed: Readonly<Record<string, unknown>>): App {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], ...changed } });
  const stack = new ScalerStack(app, resolveConfig(configOf()));
  for (const construct of stack.node.findAll()) {
    if (construct instanceof autoscaling.CfnAutoScalingGroup) {
      construct.addPropertyDeletionOverride('LaunchTemplate');
    }
  }
  return app;
}

function problemOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The report goes to the terminal, where the tests' own output is. */
function listen(): () => string {
  const spies = [
    jest.spyOn(console, 'error').mockImplementation(() => undefined),
    jest.spyOn(console, 'log').mockImplementation(() => undefined),
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true),
  ];
  return () => JSON.stringify(spies.flatMap((spy) => spy.mock.calls as readonly unknown[]));
}
