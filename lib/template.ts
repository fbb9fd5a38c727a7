/** The template of a config as `cdk synth` makes it, without bundling the function: for what reads templates. */
import { Template } from 'aws-cdk-lib/assertions';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ScalerConfig } from '../config/scaler-config.ts';
import { ScalerStack } from './scaler-stack.ts';
import { appOf } from './synthesized.ts';

/** By logical id. */
export type Resources = Readonly<Record<string, CloudFormationResource>>;

export interface CloudFormationResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly UpdatePolicy?: unknown;
}

const made = new Map<string, Template>();

/** The template of a config; kept, because making one takes a second. */
export function templateOf(config: ScalerConfig): Template {
  const key = JSON.stringify(config);
  const template = made.get(key) ?? Template.fromStack(stackOf(config));
  made.set(key, template);
  return template;
}

/** The stack of a config, not yet a template. */
export function stackOf(config: ScalerConfig): ScalerStack {
  return new ScalerStack(appOf({ bundle: false }), resolveConfig(config));
}

export function resourcesOf(config: ScalerConfig): Resources {
  const { Resources }: { readonly [key: string]: Resources } = templateOf(config).toJSON();
  return Resources ?? {};
}
