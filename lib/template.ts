/** The template of a config as `cdk synth` makes it, without bundling the function: for what reads templates. */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ScalerConfig } from '../config/scaler-config.ts';
import { ScalerStack } from './scaler-stack.ts';

const { context }: { readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'),
);

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
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    // Takes longer than everything else; synth-validation.test.ts and the proofs make templates with it.
    builtinCloudFormationValidation: false,
  });
  return new ScalerStack(app, resolveConfig(config));
}

export function resourcesOf(config: ScalerConfig): Resources {
  const { Resources }: { readonly [key: string]: Resources } = templateOf(config).toJSON();
  return Resources ?? {};
}
