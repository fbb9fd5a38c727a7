/** Configs to make templates of, and what a test reads from a template. */
import { gunzipSync } from 'node:zlib';
import type { Template } from 'aws-cdk-lib/assertions';
import type { ResourceClassConfig } from '../../config/circleci-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import type { CloudFormationResource, Resources } from '../../lib/template.ts';

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
