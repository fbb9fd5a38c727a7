/** The two emulators with the same groups and secrets in them: our own, and moto. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DeleteAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { encodeFleetTags, TAG } from '../../lambda/scaler/contract.ts';
import { awsEmulator } from '../../simulator/emulators/aws.ts';
import { serve } from '../../simulator/emulators/server.ts';
import { createWorld } from '../../simulator/world/world.ts';
import { type Moto, REGION } from './moto.ts';

/** One emulator in its first state. */
export interface Server {
  readonly url: string;
  /** Lets time pass until every launch and termination is over. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

export interface Contestant {
  readonly name: 'ours' | 'moto';
  /** A server in its first state. */
  fresh(): Promise<Server>;
}

const START = Date.parse('2026-03-02T09:00:00Z');

/** Longer than any boot or shutdown of the world, shorter than its machines wait for a task. */
const SETTLING_MS = 20 * 60_000;
const DAY_MS = 24 * 3_600_000;

const SCALER = 'ci';
const BOUNDS = { min: 0, max: 10 } as const;
const GROUPS = [
  { group: 'g0', resourceClass: 'acme/linux' },
  { group: 'g1', resourceClass: 'acme/arm' },
  { group: 'g2', resourceClass: 'acme/large' },
] as const;
const SECRETS = { full: 'bare-token', empty: undefined } as const;

export const ours: Contestant = {
  name: 'ours',
  async fresh() {
    const world = createWorld({
      seed: 1,
      startAt: START,
      tasks: [],
      scaler: SCALER,
      fleets: GROUPS.map((group) => ({
        ...group,
        ...BOUNDS,
        headroom: 0,
        idleTimeoutMs: DAY_MS,
        maxRunTimeMs: DAY_MS,
        spot: false,
        pricePerHour: 0.1,
      })),
    });
    // The groups of the other side are as a deployment makes them.
    for (const { group } of GROUPS) world.removeTag(group, TAG.lastUsed);
    const secrets = new Map<string, string | undefined>(Object.entries(SECRETS));
    const server = await serve(awsEmulator({ groups: world, secrets }));
    return {
      url: server.url,
      settle: async () => {
        world.advanceTo(world.now() + SETTLING_MS);
      },
      end: async () => server.close(),
    };
  },
};

export function motoAs(moto: Moto): Contestant {
  const config = {
    endpoint: moto.url,
    region: REGION,
    credentials: { accessKeyId: 'AKIASETUP', secretAccessKey: 'not-a-secret' },
  };
  const groups = new AutoScalingClient(config);
  const vault = new SecretsManagerClient(config);
  let used = false;

  return {
    name: 'moto',
    async fresh() {
      if (used) await clear();
      else await groups.send(new CreateLaunchConfigurationCommand(RUNNERS));
      used = true;
      for (const { group, resourceClass } of GROUPS) {
        const tags = encodeFleetTags(SCALER, { source: 'circleci', resourceClass, headroom: 0 });
        await groups.send(
          new CreateAutoScalingGroupCommand({
            AutoScalingGroupName: group,
            LaunchConfigurationName: RUNNERS.LaunchConfigurationName,
            MinSize: BOUNDS.min,
            MaxSize: BOUNDS.max,
            AvailabilityZones: ['us-east-1a'],
            NewInstancesProtectedFromScaleIn: true,
            Tags: Object.entries(tags).map(([Key, Value]) => ({
              ResourceId: group,
              ResourceType: 'auto-scaling-group',
              Key,
              Value,
              PropagateAtLaunch: true,
            })),
          }),
        );
      }
      for (const [Name, SecretString] of Object.entries(SECRETS)) {
        await vault.send(new CreateSecretCommand({ Name, SecretString }));
      }
      return { url: moto.url, settle: async () => undefined, end: async () => undefined };
    },
  };

  /** Takes away what the last experiment left: a fraction of the time of moto's own reset. */
  async function clear(): Promise<void> {
    for (const { group } of GROUPS) {
      await groups
        .send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group, ForceDelete: true }))
        .catch((error: unknown) => {
          // The experiment was to delete it.
          if (!/not found/.test(String(error))) throw error;
        });
    }
    for (const SecretId of Object.keys(SECRETS)) {
      await vault.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    }
  }
}

const RUNNERS = {
  LaunchConfigurationName: 'runners',
  ImageId: 'ami-12c6146b',
  InstanceType: 'm7i.large',
};
