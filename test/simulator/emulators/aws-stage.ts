/** The AWS emulator on a port of this machine, in front of a world of quiet groups, and the SDK's clients for it. */
import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsEmulator } from '../../../simulator/emulators/aws.ts';
import type { Secrets } from '../../../simulator/emulators/secrets-manager.ts';
import { serve } from '../../../simulator/emulators/server.ts';
import { createWorld, type World } from '../../../simulator/world/world.ts';
import { fleet } from '../world/tiny-world.ts';

export const START = Date.parse('2026-03-02T09:00:00Z');

export interface AwsStage {
  readonly url: string;
  readonly world: World;
  readonly secrets: Secrets;
  readonly groups: AutoScalingClient;
  readonly vault: SecretsManagerClient;
  /** A group as the SDK sees it. */
  described(name: string): Promise<AutoScalingGroup | undefined>;
  close(): Promise<void>;
}

/** Groups `g0`, `g1` and so on, from 0 to 10 machines, one for each class; a secret with a value and one without. */
export async function awsStage(
  classes: readonly string[] = ['acme/linux', 'acme/arm', 'acme/large'],
): Promise<AwsStage> {
  const world = createWorld({
    seed: 1,
    startAt: START,
    tasks: [],
    scaler: 'ci',
    fleets: classes.map((resourceClass, index) => fleet({ group: `g${index}`, resourceClass })),
  });
  const secrets: Secrets = new Map([
    ['full', 'bare-token'],
    ['empty', undefined],
  ]);
  const server = await serve(awsEmulator({ groups: world, secrets }));
  const config = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  };
  const groups = new AutoScalingClient(config);
  return {
    url: server.url,
    world,
    secrets,
    groups,
    vault: new SecretsManagerClient(config),
    async described(name) {
      const { AutoScalingGroups } = await groups.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
      );
      return AutoScalingGroups?.[0];
    },
    close: async () => server.close(),
  };
}
