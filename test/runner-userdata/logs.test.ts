import { afterEach, describe, expect, jest, test } from '@jest/globals';

import { INSTANCE_ID, SECRETS } from '../instance-services/names.ts';
import type { CloudOptions } from './cloud.ts';
import { among } from './events.ts';
import { bootedMachine, LOG, POWER_OFF, type Machine } from './machine.ts';
import { readyMachine } from './ready.ts';

jest.setTimeout(60_000);

let machine: Machine;

afterEach(async () => {
  await machine.remove();
});

const LOG_GROUP = '/runner-scaler/ci/machines';
/** An hour ago, in seconds: the end of the machine itself is logged by the real clock. */
const BEGUN = Math.floor(Date.now() / 1000) - 3600;
const DAY = 86_400_000;
const JOURNAL = `cat <<'END'
${BEGUN + 1}.500000 runner circleci-runner[99]: claimed a "task" \\ of é
${BEGUN}.250000 runner circleci-runner[99]: starting
no time at all
END`;

const ready = async (cloud: CloudOptions = {}, journalctl = JOURNAL) =>
  readyMachine({ userData: { logGroup: LOG_GROUP }, cloud, commands: { journalctl } });

describe('the logs of a machine', () => {
  test('are sent once it has left its group, before the power goes off', async () => {
    machine = await ready();
    await machine.runner('end');
    const order = [
      'TerminateInstanceInAutoScalingGroup true',
      'CreateLogStream',
      'PutLogEvents',
      POWER_OFF,
    ];
    expect(among(machine.events(), order)).toEqual(order);
    const create = machine.events().find((event) => event.includes('CreateLogStream --data'));
    expect(create).toContain(`{"logGroupName":"${LOG_GROUP}","logStreamName":"${INSTANCE_ID}"}`);
  });

  test('hold those of boot and agent in the order of their times, with lines as they were', async () => {
    machine = await ready();
    machine.write(LOG, `${new Date(BEGUN * 1000).toISOString().replace('.000', '')} booting\n`);
    await machine.runner('end');
    const [first, ...others] = machine.cloud.logEvents;
    expect([first, ...others.slice(0, 3)]).toEqual([
      { timestamp: BEGUN * 1000, message: 'booting' },
      { timestamp: BEGUN * 1000 + 250, message: 'runner circleci-runner[99]: starting' },
      { timestamp: BEGUN * 1000 + 250, message: 'no time at all' },
      {
        timestamp: BEGUN * 1000 + 1500,
        message: 'runner circleci-runner[99]: claimed a "task" \\ of é',
      },
    ]);
    expect(others.at(-1)?.message).toMatch(/^the group terminates this instance/);
  });

  test('of two days are those of the last one: a call may not span more', async () => {
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    const newest = (BEGUN + 7200) * 1000;
    const lines = [newest - 2 * DAY, newest - DAY, newest - DAY + 1, newest - DAY / 2, newest]
      .map((at) => `${(at / 1000).toFixed(3)} from ${at}`)
      .join('\n');
    machine = await ready({}, `cat <<'END'\n${lines}\nEND`);
    machine.write(LOG, '2025-11-24T16:00:00Z long ago\n');
    await machine.runner('end');
    const { logEvents } = machine.cloud;
    const own = /^(ending this instance|the group terminates)/;
    expect(logEvents.filter(({ message }) => !own.test(message))).toEqual(
      [newest - DAY + 1, newest - DAY / 2, newest].map((at) => ({
        timestamp: at,
        message: `from ${at}`,
      })),
    );
    expect(logEvents.length).toBeGreaterThan(3);
  });

  test('hold no secret', async () => {
    machine = await bootedMachine({ userData: { logGroup: LOG_GROUP } });
    await machine.runner('end');
    const sent = JSON.stringify(machine.cloud.logEvents);
    expect(sent).toContain('the machine is ready');
    expect(SECRETS.filter((secret) => sent.includes(secret))).toEqual([]);
  });

  test('are cut to their end where they are more than one call takes', async () => {
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    machine = await ready({}, `printf '${BEGUN}.0 ${'é'.repeat(3000)}%s\\n' {1..1000}`);
    await machine.runner('end');
    const { logEvents } = machine.cloud;
    const bytes = logEvents.map(({ message }) => Buffer.byteLength(message) + 26);
    const sum = bytes.reduce((all, each) => all + each, 0);
    expect(sum).toBeLessThanOrEqual(1_048_576);
    expect(sum).toBeGreaterThan(500_000);
    expect(logEvents.length).toBeLessThanOrEqual(10_000);
    expect(logEvents.at(-1)?.message).toMatch(/^the group terminates this instance/);
  });

  test('go to the stream that is there already', async () => {
    const exists = { status: 400, body: '{"__type":"ResourceAlreadyExistsException"}' };
    machine = await ready({
      logs: (action) => (action === 'CreateLogStream' ? exists : undefined),
    });
    await machine.runner('end');
    expect(machine.cloud.logEvents.length).toBeGreaterThan(3);
  });

  test.each(['CreateLogStream', 'PutLogEvents'])(
    'that cannot be sent (%s) do not keep the machine on',
    async (refused) => {
      const denied = { status: 400, body: '{"__type":"AccessDeniedException"}' };
      machine = await ready({ logs: (action) => (action === refused ? denied : undefined) });
      await machine.runner('end');
      expect(machine.file(LOG)).toContain(
        `the logs could not be sent to ${LOG_GROUP}: HTTP 400 {"__type":"AccessDeniedException"}`,
      );
      expect(machine.events().at(-1)).toBe(POWER_OFF);
    },
  );

  test('are not sent unless the config says so', async () => {
    machine = await readyMachine();
    await machine.runner('end');
    expect(among(machine.events(), ['CreateLogStream', 'PutLogEvents'])).toEqual([]);
    expect(machine.file(LOG)).not.toContain('could not be sent');
  });
});
