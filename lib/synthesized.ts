/** The template of a config as `cdk deploy` sends it, made in this process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { ScalerStack } from './scaler-stack.ts';

const { context }: { readonly context: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'),
);

export interface SynthesizedOptions {
  /** Whether the functions are bundled, so that the names of their code are those of a deployment. Default: true. */
  readonly bundle?: boolean;
}

/** An app with the context of `cdk.json`. Not validated: that takes longer than everything else. */
export function appOf({ bundle = true }: SynthesizedOptions = {}, outdir?: string): App {
  return new App({
    ...(outdir !== undefined && { outdir }),
    context: { ...context, ...(!bundle && { 'aws:cdk:bundling-stacks': [] }) },
    builtinCloudFormationValidation: false,
  });
}

/** @returns what CloudFormation would be sent, parsed */
export function synthesized(config: ResolvedConfig, options: SynthesizedOptions = {}): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'runner-scaler-template-'));
  try {
    return quietly(() => {
      const app = appOf(options, folder);
      const { artifactId } = new ScalerStack(app, config);
      return app.synth().getStackArtifact(artifactId).template as unknown;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The CDK tells of each bundle on standard error, and has no option against it. */
function quietly<T>(work: () => T): T {
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  stderr.write = () => true;
  try {
    return work();
  } finally {
    stderr.write = write;
  }
}
