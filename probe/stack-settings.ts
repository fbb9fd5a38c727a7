/** What the command tells the CDK app, which runs in a separate process. */
import { PLATFORM_NAMES } from '../runner-userdata/platforms.ts';
import type { ProbeStackProps } from './probe-stack.ts';

/** In the environment rather than among the arguments: every user of the machine sees those. */
const VARIABLE = {
  name: 'RUNNER_SCALER_PROBE_NAME',
  token: 'RUNNER_SCALER_PROBE_TOKEN',
  platform: 'RUNNER_SCALER_PROBE_PLATFORM',
  instanceType: 'RUNNER_SCALER_PROBE_INSTANCE_TYPE',
} as const;

export function writeStackSettings(props: ProbeStackProps): Record<string, string> {
  return {
    [VARIABLE.name]: props.name,
    [VARIABLE.token]: props.token,
    [VARIABLE.platform]: props.platform,
    [VARIABLE.instanceType]: props.instanceType,
  };
}

/** @throws Error that names the variable which is missing */
export function readStackSettings(
  env: Readonly<Record<string, string | undefined>>,
): ProbeStackProps {
  const text = (name: string) => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new Error(`${name} is not set; this app is run by npm run probe`);
    }
    return value;
  };
  const platform = PLATFORM_NAMES.find((each) => each === text(VARIABLE.platform));
  if (platform === undefined) {
    throw new Error(`${VARIABLE.platform} is not one of ${PLATFORM_NAMES.join(', ')}`);
  }
  return {
    name: text(VARIABLE.name),
    token: text(VARIABLE.token),
    platform,
    instanceType: text(VARIABLE.instanceType),
  };
}
