/** Both AWS services behind one address, as one `endpoint` of the SDK's clients finds them. */
import { autoScalingEmulator, type GroupStore } from './auto-scaling.ts';
import { isSecretsManager, type Secrets, secretsManagerEmulator } from './secrets-manager.ts';
import type { Request, Response } from './server.ts';

export interface AwsEmulatorOptions {
  readonly groups: GroupStore;
  readonly secrets: Secrets;
}

export function awsEmulator({ groups, secrets }: AwsEmulatorOptions) {
  const autoScaling = autoScalingEmulator(groups);
  const secretsManager = secretsManagerEmulator(secrets);
  return (request: Request): Response =>
    isSecretsManager(request) ? secretsManager(request) : autoScaling(request);
}
