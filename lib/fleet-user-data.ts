/** From a fleet of the config to the script its machines boot with. */
import { encodeEventSource } from '../lambda/scaler/contract.ts';
import { renderUserData } from '../runner-userdata/render.ts';
import { LAUNCH_HOOK } from './fleet-names.ts';
import { machineLogGroup } from './machine-log.ts';
import type { ResolvedConfig, ResolvedFleet } from './resolved-config.ts';

/**
 * @param tokenSecret ARN of the secret that holds the fleet's runner token; may be a CDK token
 */
export function fleetUserData(
  config: Pick<ResolvedConfig, 'agent' | 'circleciUrl' | 'name' | 'wakeUps'>,
  fleet: ResolvedFleet,
  tokenSecret: string,
): string {
  return renderUserData({
    platform: fleet.platform,
    group: fleet.group,
    launchHook: LAUNCH_HOOK,
    resourceClass: fleet.resourceClass,
    tokenSecret,
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
  });
}
