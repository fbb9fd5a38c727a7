/** Makes the stack of a config as `cdk synth` does, without bundling the function. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { ResourceClassConfig, ScalerConfig } from '../../config/scaler-config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { ScalerStack } from '../../lib/scaler-stack.ts';

const { context } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
) as { readonly context: Readonly<Record<string, unknown>> };

export type Resources = Readonly<Record<string, CloudFormationResource>>;

export interface CloudFormationResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly UpdatePolicy?: unknown;
}

/** A config of one class, `acme/linux`, with the given options. */
export function configOf(
  fleet: Partial<ResourceClassConfig> = {},
  scaler: Partial<ScalerConfig> = {},
): ScalerConfig {
  return {
    name: 'ci',
    resourceClasses: [{ resourceClass: 'acme/linux', max: 4, ...fleet }],
    ...scaler,
  };
}

const made = new Map<string, Template>();

/** The template of a config; the same config is made once only, because that takes a second. */
export function templateOf(config: ScalerConfig): Template {
  const key = JSON.stringify(config);
  const template = made.get(key) ?? freshTemplateOf(config);
  made.set(key, template);
  return template;
}

/** The template of a config, made anew. */
function freshTemplateOf(config: ScalerConfig): Template {
  return Template.fromStack(stackOf(config));
}

/** The stack of a config, not yet a template. */
export function stackOf(config: ScalerConfig): ScalerStack {
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    // Takes longer than everything else; synth-validation.test.ts and the proofs make templates with it.
    builtinCloudFormationValidation: false,
  });
  return new ScalerStack(app, resolveConfig(config));
}

export function resourcesOf(config: ScalerConfig): Resources {
  return (templateOf(config).toJSON() as { readonly Resources: Resources }).Resources;
}

/** The values of the outputs whose logical id begins with `prefix`. */
export function outputsOf(template: Template, prefix: string): readonly unknown[] {
  const outputs = template.findOutputs('*') as Readonly<
    Record<string, { readonly Value: unknown }>
  >;
  return Object.entries(outputs)
    .filter(([id]) => id.startsWith(prefix))
    .map(([, { Value }]) => Value);
}

/** The only resource of a type, or the only one whose logical id begins with `prefix`. */
export function only(template: Template, type: string, prefix = ''): CloudFormationResource {
  const found = Object.entries(template.findResources(type) as Resources).filter(([id]) =>
    id.startsWith(prefix),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} resources of type ${type} begin with ${prefix}; wanted: one`);
  }
  return first[1];
}

/** The statements of the only policy whose logical id begins with `prefix`. */
export function statementsOf(template: Template, prefix: string): readonly unknown[] {
  const { PolicyDocument } = only(template, 'AWS::IAM::Policy', prefix).Properties as {
    readonly PolicyDocument: { readonly Statement: readonly unknown[] };
  };
  return PolicyDocument.Statement;
}

/** User data of the only launch template as EC2 gets it: compressed, and in the template in base64. */
export function deployedUserData(template: Template): Buffer {
  const { LaunchTemplateData } = only(template, 'AWS::EC2::LaunchTemplate').Properties as {
    readonly LaunchTemplateData: { readonly UserData: unknown };
  };
  const { UserData } = LaunchTemplateData;
  if (typeof UserData !== 'string') {
    throw new TypeError(`user data is ${JSON.stringify(UserData).slice(0, 100)}; wanted: base64`);
  }
  return Buffer.from(UserData, 'base64');
}

/** The script in it. */
export function userDataOf(template: Template): string {
  return gunzipSync(deployedUserData(template)).toString();
}
