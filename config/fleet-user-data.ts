/** From a fleet of the config to what its machines boot with. */
import { Token } from 'aws-cdk-lib';
import { encodeEventSource } from '../lambda/scaler/contract.ts';
import type { Agent } from '../runner-userdata/linux/agents/agents.ts';
import type { UserDataOptions } from '../runner-userdata/options.ts';
import { userData } from '../runner-userdata/user-data.ts';
import { LAUNCH_HOOK, machineLogGroup } from './fleet-names.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';

/** What a fleet's user data needs of the config. */
export type UserDataConfig = Pick<
  ResolvedConfig,
  'name' | 'wakeUps' | 'network' | 'proxy' | 'caCertificates'
>;

/**
 * The user data as EC2 gets it: bytes, or text where it holds CDK tokens, which have to be found in the
 * template.
 */
export function fleetUserData(config: UserDataConfig, fleet: ResolvedFleet): Buffer | string {
  const options = userDataOptions(config, fleet);
  const { agent, ...machine } = options;
  const late = [...Object.values(machine), ...Object.values(agent)].some((value) =>
    Token.isUnresolved(value),
  );
  return userData(options, late ? 'at-deployment' : 'at-synth');
}

function userDataOptions(config: UserDataConfig, fleet: ResolvedFleet): UserDataOptions {
  return {
    platform: fleet.platform,
    group: fleet.group,
    launchHook: LAUNCH_HOOK,
    resourceClass: fleet.resourceClass,
    eventSource: encodeEventSource({ scaler: config.name, resourceClass: fleet.resourceClass }),
    tellTaskEnd: config.wakeUps,
    drainTimeoutSeconds: fleet.drainTimeoutSeconds,
    watchInterruption: fleet.purchase.option === 'spot',
    ...(fleet.machineLogs && { logGroup: machineLogGroup(config.name) }),
    idleTimeoutSeconds: fleet.idleTimeoutSeconds,
    maxRunTimeSeconds: fleet.maxRunTimeSeconds,
    bootTimeoutSeconds: fleet.bootTimeoutSeconds,
    ...(fleet.bootScript !== undefined && { bootScript: fleet.bootScript }),
    ...(config.proxy && { proxy: config.proxy }),
    ...(config.caCertificates && { caCertificates: config.caCertificates }),
    ...(config.network?.ipv6Only && { ipv6Only: true }),
    agent: agentOf(fleet),
  };
}

function agentOf(fleet: ResolvedFleet): Agent {
  const { existingSecretArn } = fleet.token;
  if (fleet.source === 'gitlab') {
    return {
      source: 'gitlab',
      url: fleet.url,
      executor: fleet.executor,
      version: fleet.agent.version,
      ...(fleet.agent.sha256 && { sha256: fleet.agent.sha256 }),
      ...(fleet.defaultImage !== undefined && { image: fleet.defaultImage }),
      ...(existingSecretArn !== undefined && { tokenSecretArn: existingSecretArn }),
    };
  }
  return {
    source: 'circleci',
    ...(existingSecretArn !== undefined && { tokenSecret: existingSecretArn }),
    runnerUrl: fleet.url,
    retryOnInterruption: fleet.retryInterruptedTasks,
    version: fleet.agent.version,
    ...(fleet.agent.sha256 && { sha256: fleet.agent.sha256 }),
  };
}
