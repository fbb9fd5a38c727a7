/** What a round of LaunchInstances says of machines that do not come as they should. */
import { describe, expect, test } from '@jest/globals';
import { directRound } from '../../probe/direct-round.ts';
import { NotMeasured, type ProbedFleet } from '../../probe/port.ts';
import { worldFleet, type WorldFleetOptions } from './world-fleet.ts';

const LAGS = { launchLag: { min: 3, max: 3 }, pendingToRunning: { min: 5, max: 5 } };

describe('a machine by LaunchInstances', () => {
  test('that the group never lists is ended, since nobody else would', async () => {
    const ended: string[] = [];
    const { durations } = await round(
      { unlistedSeconds: 1e6 },
      { stopMachine: async (id) => void ended.push(id) },
    );
    expect(ended).toHaveLength(1);
    expect(durations.launchInstancesListed).toEqual(
      new NotMeasured('the machine was not both listed and running within 60 s'),
    );
    expect(durations.launchInstancesRunning).toBeCloseTo(4.5);
  });

  test('that EC2 takes back before it runs has no such figure', async () => {
    const { durations } = await round({}, { machineState: async () => 'shutting-down' });
    expect(durations).toEqual({
      launchInstancesAnswer: 3,
      launchInstancesListed: 0,
      launchInstancesRunning: new NotMeasured('the machine ended before that was seen'),
    });
  });

  test('that is listed and ended by its group at once is none that never came', async () => {
    const ended: string[] = [];
    await round(
      {},
      { machineState: async () => 'terminated', stopMachine: async (id) => void ended.push(id) },
    );
    expect(ended).toEqual([]);
  });

  test('that the desired capacity does not follow is told', async () => {
    expect(await round({}, { desiredCapacity: async () => 0 })).toMatchObject({ raised: false });
    expect(await round({}, {})).toMatchObject({ raised: true });
  });

  test('of a group without zones is not asked for', async () => {
    const { durations, raised } = await round({}, { zones: async () => [] });
    expect(durations.launchInstancesAnswer).toEqual(new NotMeasured('the group names no zone'));
    expect(raised).toBeUndefined();
  });
});

async function round(options: Partial<WorldFleetOptions>, changes: Partial<ProbedFleet>) {
  const fleet = { ...worldFleet({ parameters: LAGS, ...options }), ...changes };
  const pace = { stepMs: 1000, patienceMs: 60_000, endAt: fleet.now() + 3_600_000 };
  return directRound({ fleet, pace });
}
