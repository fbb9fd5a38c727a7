/** The CDK app of a probe; `cdk.ts` runs it. */
import { App } from 'aws-cdk-lib';
import { ProbeStack } from './probe-stack.ts';
import { readStackSettings } from './stack-settings.ts';

new ProbeStack(new App(), readStackSettings(process.env));
