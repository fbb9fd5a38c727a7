/** Whether the quotas of vCPUs allow the classes their maxima. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { FleetConfig } from '../../config/fleet-config.ts';
import { type DoctorStage, healthy } from './doctor-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

const [ON_DEMAND, SPOT, GPUS, GPUS_SPOT] = ['L-1216C47A', 'L-34B43A08', 'L-DB2E81BA', 'L-3819A6DF'];

/** Classes `acme/a`, `acme/b`, … */
async function classes(...fleets: readonly FleetConfig[]): Promise<void> {
  it = await healthy({
    name: 'ci',
    resourceClasses: fleets.map((fleet, index) => ({
      resourceClass: `acme/${'abc'.charAt(index)}`,
      ...fleet,
    })),
  });
  for (const [type, vcpus] of [
    ['m7i.xlarge', 4],
    ['m7i.2xlarge', 8],
    ['g5.xlarge', 4],
  ] as const) {
    it.installation.ec2.types.set(type, { vcpus, zones: ['us-east-1a', 'us-east-1b'] });
  }
}

function quota(code: string | undefined, value: number): void {
  it.installation.quotas.set(code ?? '', value);
}

async function found() {
  return (await it.findings('vCPU quota')).map(({ check: _check, ...said }) => said);
}

const raise = (code: string | undefined, value: number) =>
  `aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${code} --desired-value ${value}, or lower max`;

describe('the quotas of vCPUs', () => {
  test('that suffice are told with what is needed of each', async () => {
    await classes({ max: 3, instanceTypes: ['m7i.large'] }, { max: 2, purchase: 'spot' });
    expect(await found()).toEqual([
      {
        verdict: 'ok',
        said: `the quotas of vCPUs allow every class its maximum (${ON_DEMAND}: 6 of 1000; ${SPOT}: 4 of 1000)`,
      },
    ]);
  });

  test('are compared with the smallest type of a class, which is said', async () => {
    await classes({ max: 5, instanceTypes: ['m7i.2xlarge', 'm7i.xlarge'] });
    quota(ON_DEMAND, 20);
    expect(await found()).toEqual([expect.objectContaining({ verdict: 'ok' })]);
    quota(ON_DEMAND, 19);
    expect(await found()).toEqual([
      {
        verdict: 'problem',
        said: `the maximum of acme/a needs 20 vCPUs on demand, if each machine is of its smallest type, and 40 with the largest, and the account may run 19 (quota ${ON_DEMAND})`,
        remedy: raise(ON_DEMAND, 20),
      },
    ]);
  });

  test('are shared by classes, of both architectures', async () => {
    await classes(
      { max: 3, instanceTypes: ['m7i.large'] },
      { max: 4, architecture: 'arm64', instanceTypes: ['m7g.large'] },
    );
    quota(ON_DEMAND, 13);
    expect(await found()).toEqual([
      {
        verdict: 'problem',
        said: `the maxima of acme/a, acme/b need 14 vCPUs on demand, and the account may run 13 (quota ${ON_DEMAND})`,
        remedy: raise(ON_DEMAND, 14),
      },
    ]);
  });

  test('are others for spot, but for its base, and others for GPUs', async () => {
    await classes(
      { max: 10, instanceTypes: ['m7i.large'], purchase: 'spot', onDemandBase: 2 },
      { max: 3, instanceTypes: ['g5.xlarge'] },
      { max: 3, instanceTypes: ['g5.xlarge'], purchase: 'spot' },
    );
    for (const code of [ON_DEMAND, SPOT, GPUS, GPUS_SPOT]) quota(code, 3);
    expect((await found()).map(({ said }) => said)).toEqual([
      `the maximum of acme/a needs 4 vCPUs on demand, and the account may run 3 (quota ${ON_DEMAND})`,
      `the maximum of acme/a needs 16 vCPUs of spot, and the account may run 3 (quota ${SPOT})`,
      `the maximum of acme/b needs 12 vCPUs on demand, and the account may run 3 (quota ${GPUS})`,
      `the maximum of acme/c needs 12 vCPUs of spot, and the account may run 3 (quota ${GPUS_SPOT})`,
    ]);
  });

  test('are used by others too, and not by its own machines twice', async () => {
    await classes({ max: 4, instanceTypes: ['m7i.large'] });
    quota(ON_DEMAND, 12);
    const { instances } = it.installation.ec2;
    const own = it.config.fleets[0]?.group ?? '';
    instances.push(
      { type: 'm7i.large', vcpus: 2, group: own },
      { type: 'c5.xlarge', vcpus: 4 },
      { type: 'c5.xlarge', vcpus: 4, spot: true },
      { type: 'g5.xlarge', vcpus: 4 },
      { type: 'c5.xlarge', vcpus: 4, state: 'stopped' },
    );
    expect(await found()).toEqual([expect.objectContaining({ verdict: 'ok' })]);
    instances.push({ type: 't3.micro', vcpus: 2, group: 'of-somebody-else' });
    expect(await found()).toEqual([
      {
        verdict: 'problem',
        said: `the maximum of acme/a needs 8 vCPUs on demand, 6 run in the account beside them, and the account may run 12 (quota ${ON_DEMAND})`,
        remedy: raise(ON_DEMAND, 14),
      },
    ]);
  });

  test('are compared without what others run, where that may not be seen', async () => {
    await classes({ max: 4, instanceTypes: ['m7i.large'] });
    quota(ON_DEMAND, 7);
    it.refuse('DescribeInstances', 'UnauthorizedOperation');
    expect(await found()).toEqual([
      expect.objectContaining({ verdict: 'problem', remedy: raise(ON_DEMAND, 8) }),
      expect.objectContaining({
        verdict: 'unknown',
        said: expect.stringMatching(/may not do ec2:DescribeInstances/),
      }),
    ]);
  });

  test('of types that are strange here, or count against several, are not guessed', async () => {
    await classes({ max: 1, instanceTypes: ['m7i.large', 'g5.xlarge'] });
    expect(await found()).toEqual([
      {
        verdict: 'unknown',
        said: `the types of acme/a count against several quotas (${ON_DEMAND} and ${GPUS}), which are not added up here`,
        remedy: expect.stringContaining('Service Quotas'),
      },
    ]);
  });
});
