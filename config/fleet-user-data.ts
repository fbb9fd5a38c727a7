/** From a fleet of the config to what its machines boot with. */
import { Token } from 'aws-cdk-lib';
import { encodeEventSource } from '../lambda/scaler/contract.ts';
import {
  gzipUserData,
  textUserData,
  type UserDataOptions,
} from '../runner-userdata/linux/render.ts';
import { LAUNCH_HOOK } from './fleet-names.ts';
import { machineLogGroup } from '../lib/machine-log.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';

/** What a fleet's user data needs of the config. */
export type UserDataConfig = Pick<ResolvedConfig, 'agent' | 'circleciUrl' | 'name' | 'wakeUps'>;

/**
 * The user data as EC2 gets it: compressed, or as text where it holds CDK tokens, which the template has
 * to find.
 */
export function fleetUserData(config: UserDataConfig, fleet: ResolvedFleet): Buffer | string {
  const options = userDataOptions(config, fleet);
  return Object.values(options).some((value) => Token.isUnresolved(value))
    ? textUserData(options)
    : gzipUserData(options);
}

function userDataOptions(config: UserDataConfig, fleet: ResolvedFleet): UserDataOptions {
  return {
    platform: fleet.platform,
    group: fleet.group,
    launchHook: LAUNCH_HOOK,
    resourceClass: fleet.resourceClass,
    ...(fleet.token.existingSecretArn !== undefined && {
      tokenSecret: fleet.token.existingSecretArn,
    }),
    eventSource: encodeEventSource({ scaler: config.name, resourceClass: fleet.resourceClass }),
    tellTaskEnd: config.wakeUps,
    drainTimeoutSeconds: fleet.drainTimeoutSeconds,
    watchInterruption: fleet.purchase.option === 'spot',
    ...(fleet.machineLogs && { logGroup: machineLogGroup(config.name) }),
    runnerUrl: config.circleciUrl,
    idleTimeoutSeconds: fleet.idleTimeoutSeconds,
    maxRunTimeSeconds: fleet.maxRunTimeSeconds,
    bootTimeoutSeconds: fleet.bootTimeoutSeconds,
    retryOnInterruption: fleet.retryInterruptedTasks,
    agentVersion: config.agent.version,
    ...(config.agent.sha256 && { agentSha256: config.agent.sha256 }),
    ...(fleet.bootScript !== undefined && { bootScript: fleet.bootScript }),
  };
}
