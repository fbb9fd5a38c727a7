/** A set-up in a simulated account in which all is well, to be broken in one way; and what the doctor says of it. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from '@jest/globals';
import { functionLog } from '../../commands/aws/function-log.ts';
import { operatedGroups } from '../../commands/aws/groups.ts';
import { scalerLogGroup } from '../../config/fleet-names.ts';
import { examine } from '../../commands/doctor/doctor.ts';
import type { Finding } from '../../commands/doctor/finding.ts';
import { patientOf } from '../../commands/doctor/patient.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { TOKEN_PLACEHOLDER } from '../../lambda/scaler/contract.ts';
import { synthesized } from '../../lib/synthesized.ts';
import { ARM, LINUX, localStage } from './local-stage.ts';

export const VPC = 'vpc-0123456789abcdef0';
export const SUBNET = 'subnet-0123456789abcdef0';

export const WRITTEN: ScalerConfig = {
  name: 'ci',
  resourceClasses: [
    { resourceClass: LINUX, max: 4, instanceTypes: ['m7i.large'] },
    { resourceClass: ARM, max: 10, architecture: 'arm64', instanceTypes: ['m7g.large'] },
  ],
  network: { vpcId: VPC, subnetIds: [SUBNET] },
};

export type DoctorStage = Awaited<ReturnType<typeof healthy>>;

/**
 * All is well, and passes were made.
 *
 * @param maxAttempts of each call
 */
export async function healthy(written: ScalerConfig = WRITTEN, maxAttempts = 1) {
  const config = resolveConfig(written);
  const deployed = { template: templateOf(config) };
  const stage = await localStage({ config, template: () => JSON.stringify(deployed.template) });
  const { secrets } = stage.installation;
  for (const [id, contents] of secrets) {
    if (contents === TOKEN_PLACEHOLDER) secrets.set(id, 'a-runner-token');
  }
  await stage.at(70);

  async function examined(other: ResolvedConfig = config): Promise<readonly Finding[]> {
    const told: Finding[] = [];
    const { now } = stage;
    const client = { ...stage.here.client, maxAttempts };
    const groups = operatedGroups({
      client: new AutoScalingClient(client),
      name: other.name,
      now,
      sleep: async () => undefined,
    });
    const log = functionLog({
      client: new CloudWatchLogsClient(client),
      logGroup: scalerLogGroup(other.name),
    });
    const template = async () => templateOf(other);
    const patient = patientOf({
      config: other,
      account: { ...stage.here, client },
      groups,
      log,
      now,
      template,
      typed: '',
    });
    const found = await examine(patient, (finding) => told.push(finding));
    expect(told).toEqual(found);
    return found;
  }

  return {
    ...stage,
    config,
    /** What CloudFormation keeps; a test may change it. */
    deployed,
    examined,
    /** What is not well, but for what follows in other checks. */
    async findings(check: Finding['check'], other?: ScalerConfig): Promise<readonly Finding[]> {
      const found = await examined(other && resolveConfig(other));
      return found.filter((finding) => finding.check === check);
    },
  };
}

const templates = new Map<string, unknown>();

/** Kept, because making one takes a moment. */
function templateOf(config: ResolvedConfig): unknown {
  const key = JSON.stringify(config);
  const template = templates.get(key) ?? synthesized(config, { bundle: false });
  templates.set(key, template);
  return template;
}
