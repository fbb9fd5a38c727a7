/** The AWS services behind one address, as one `endpoint` of the SDK's clients finds them. */
import { autoScalingEmulator, type GroupStore } from './auto-scaling.ts';
import { isSecretsManager, type Secrets, secretsManagerEmulator } from './secrets-manager.ts';
import type { Request, Response } from './server.ts';
import { isSqs, type Send, sqsEmulator } from './sqs.ts';

export interface AwsEmulatorOptions {
  readonly groups: GroupStore;
  readonly secrets: Secrets;
  /** Where messages go. Default: nowhere. */
  readonly send?: Send;
}

export function awsEmulator({ groups, secrets, send = () => undefined }: AwsEmulatorOptions) {
  const autoScaling = autoScalingEmulator(groups);
  const secretsManager = secretsManagerEmulator(secrets);
  const sqs = sqsEmulator(send);
  return (request: Request): Response =>
    isSecretsManager(request)
      ? secretsManager(request)
      : isSqs(request)
        ? sqs(request)
        : autoScaling(request);
}
