import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { afterEach, describe, expect, test } from '@jest/globals';
import { encodeFleetTags } from '../../../../lambda/scaler/contract.ts';
import { autoScalingFleets } from '../../../../lambda/scaler/fleet/auto-scaling.ts';
import { describeAnswer, type GroupAnswer } from '../../../auto-scaling-answers.ts';
import { startServer, type TestServer } from '../../../http-server.ts';

let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

const overrides = (...weights: readonly (string | undefined)[]) =>
  `<MixedInstancesPolicy><LaunchTemplate><Overrides>${weights
    .map(
      (weight, index) =>
        `<member><InstanceType>m7i.${index}xlarge</InstanceType>${
          weight === undefined ? '' : `<WeightedCapacity>${weight}</WeightedCapacity>`
        }</member>`,
    )
    .join('')}</Overrides></LaunchTemplate></MixedInstancesPolicy>`;

describe('a group that does not meet what the rule builds on is refused, with the reason', () => {
  test.each<[name: string, change: Partial<GroupAnswer>, problem: string]>([
    [
      'weights of its instance types',
      { more: overrides('1', '4', '8') },
      'its mixed instances policy gives m7i.1xlarge the weight 4; allowed: no weights, or the weight 1 ' +
        'everywhere, because one machine takes one task; remove the weights',
    ],
    [
      'a weight of an instance that was launched with one',
      {
        instances: ['InService', 'InService'],
        moreOfInstance: '<WeightedCapacity>4</WeightedCapacity>',
      },
      'the instance i-0 has the weight 4; allowed: no weights, or the weight 1 everywhere, because one ' +
        'machine takes one task; remove the weights, and take the tag runner-scaler:name off the group ' +
        'until the machines with a weight have ended',
    ],
    [
      'a capacity counted in processors',
      { more: '<DesiredCapacityType>vcpu</DesiredCapacityType>' },
      'its capacity is counted in vcpu; allowed: units, because one machine takes one task; set its ' +
        'desired capacity type to units',
    ],
    [
      'a capacity counted in memory',
      { more: '<DesiredCapacityType>memory-mib</DesiredCapacityType>' },
      'its capacity is counted in memory-mib; allowed: units, because one machine takes one task; set ' +
        'its desired capacity type to units',
    ],
    [
      'new instances without protection',
      { protects: false },
      'its new instances are not protected from scale-in; needed: that they are, because the group ' +
        'would end machines with a job on them; switch on its protection of new instances',
    ],
    [
      'a warm pool',
      {
        more: '<WarmPoolConfiguration><MinSize>2</MinSize><PoolState>Stopped</PoolState></WarmPoolConfiguration><WarmPoolSize>2</WarmPoolSize>',
      },
      'it has a warm pool; allowed: none, because a runner is made for one boot and one job; delete the ' +
        'warm pool',
    ],
    [
      'a maximum instance lifetime',
      { more: '<MaxInstanceLifetime>86400</MaxInstanceLifetime>' },
      'its maximum instance lifetime is 86400 s; allowed: none, because the group would end machines ' +
        'with a job on them; set it to 0',
    ],
    [
      'capacity rebalancing',
      { more: '<CapacityRebalance>true</CapacityRebalance>' },
      'it has capacity rebalancing switched on; allowed: off, because the group would end machines with ' +
        'a job on them before they are interrupted; switch it off',
    ],
    [
      'a predictive scaling policy',
      { more: '<PredictedCapacity>7</PredictedCapacity>' },
      'it has a predictive scaling policy; allowed: no scaling policy, because the scaler and the ' +
        'policy would undo what the other does; delete the policy',
    ],
    [
      'another owner',
      { more: '<Operator><Principal>eks.amazonaws.com</Principal></Operator>' },
      'it is managed by eks.amazonaws.com; allowed: no operator, because nobody else may then set its ' +
        'capacity; take another group',
    ],
  ])('%s', async (_name, change, problem) => {
    const { fleets, rejected } = await discovered([{ ...group('odd'), ...change }, group('good')]);
    expect(rejected).toEqual([{ group: 'odd', problem }]);
    expect(fleets.map((fleet) => fleet.group)).toEqual(['good']);
  });

  test('all reasons at once, those of the tags included', async () => {
    const { rejected } = await discovered([
      {
        ...group('odd'),
        tags: { ...group('odd').tags, 'runner-scaler:headroom': 'many' },
        protects: false,
        more: `${overrides('4', '4')}<CapacityRebalance>true</CapacityRebalance>`,
      },
    ]);
    const [{ problem } = { problem: '' }] = rejected;
    expect(problem.split('; ').filter((part) => /^(tag|its|it) /.test(part))).toEqual([
      'tag runner-scaler:headroom is "many"',
      'its mixed instances policy gives m7i.0xlarge the weight 4',
      'its new instances are not protected from scale-in',
      'it has capacity rebalancing switched on',
    ]);
  });
});

test('a group that states the defaults is served', async () => {
  const { fleets, rejected } = await discovered([
    {
      ...group('plain'),
      instances: ['InService'],
      moreOfInstance: '<WeightedCapacity>1</WeightedCapacity>',
      more:
        `${overrides('1', '1')}<DesiredCapacityType>units</DesiredCapacityType>` +
        '<CapacityRebalance>false</CapacityRebalance><MaxInstanceLifetime>0</MaxInstanceLifetime>' +
        '<WarmPoolConfiguration></WarmPoolConfiguration>',
    },
    { ...group('mixed'), more: overrides(undefined, undefined) },
  ]);
  expect(rejected).toEqual([]);
  expect(fleets.map((fleet) => fleet.group)).toEqual(['plain', 'mixed']);
});

test('a refused group is no rival of one of the same class that can be served', async () => {
  const tags = group('good').tags ?? {};
  const { fleets, rejected } = await discovered([
    { ...group('odd'), tags, protects: false },
    { ...group('good'), tags },
  ]);
  expect(fleets.map((fleet) => fleet.group)).toEqual(['good']);
  expect(rejected.map((each) => each.group)).toEqual(['odd']);
});

function group(name: string): GroupAnswer {
  const tags = { source: 'circleci', resourceClass: `acme/${name}`, headroom: 0 } as const;
  return { name, tags: encodeFleetTags('ci', tags) };
}

async function discovered(groups: readonly GroupAnswer[]) {
  server = await startServer(() => describeAnswer(groups));
  const client = new AutoScalingClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  return autoScalingFleets({ client, name: 'ci' }).discover(new AbortController().signal);
}
