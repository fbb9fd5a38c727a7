/** User data, as the synthesized template carries it or with what a config does not allow. */
import type { ResourceClassConfig } from '../../config/circleci-config.ts';
import type { GitLabFleetConfig } from '../../config/gitlab-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { templateOf } from '../../lib/template.ts';
import type { Agent } from '../../runner-userdata/linux/agents/agents.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import { configOf, deployedUserData } from '../lib/stack-fixture.ts';

/** What a config allows at least. */
const SHORTEST = { idleTimeoutMinutes: 2, bootTimeoutMinutes: 2, maxRunTimeMinutes: 5 };

/** Of a config's first class, from the template. */
export function userDataOf(
  fleet: Partial<ResourceClassConfig> = {},
  scaler: Partial<ScalerConfig> = {},
): Buffer {
  return ofConfig(configOf({ ...SHORTEST, ...fleet }, scaler));
}

/** The same of GitLab's only fleet. */
export function gitLabUserDataOf(fleet: Partial<GitLabFleetConfig> = {}): Buffer {
  return ofConfig({
    name: 'ci',
    gitlab: {
      url: 'https://gitlab.example.com',
      scope: 'instance',
      fleets: [
        { ...SHORTEST, drainTimeoutMinutes: 1, name: 'linux', runner: 12, max: 4, ...fleet },
      ],
    },
  });
}

const made = new Map<string, Buffer>();

/** Made once for all cases of the same config. */
function ofConfig(config: ScalerConfig): Buffer {
  const key = JSON.stringify(config);
  const userData = made.get(key) ?? deployedUserData(templateOf(config));
  made.set(key, userData);
  return userData;
}

/** With shorter times than a config allows. */
export function shortOptions(agent: Agent, more: Partial<UserDataOptions> = {}): UserDataOptions {
  return {
    platform: 'ubuntu-24.04',
    group: 'fleet',
    launchHook: 'ready',
    resourceClass: 'acme',
    eventSource: 'runner-scaler.ci/acme',
    tellTaskEnd: true,
    idleTimeoutSeconds: 20,
    maxRunTimeSeconds: 300,
    bootTimeoutSeconds: 120,
    drainTimeoutSeconds: 60,
    watchInterruption: false,
    agent,
    ...more,
  };
}
