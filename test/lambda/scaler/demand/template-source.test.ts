import { afterEach, describe, expect, test } from '@jest/globals';
import type { FleetQueue } from '../../../../lambda/scaler/demand/source.ts';
import { describeSource, type SourceUnderTest } from './source-contract.ts';
import { closeStage, stage } from './source-stage.ts';
import { ROUTE, templateSource } from './template-source.ts';

const LINUX: FleetQueue = { resourceClass: 'linux', group: 'ci-linux' };
const ARM: FleetQueue = { resourceClass: 'arm', group: 'ci-arm', demand: 'linux-arm64' };

const TEMPLATE: SourceUnderTest = {
  name: 'template',
  make: templateSource,
  queues: [LINUX, ARM],
  paths: [ROUTE],
  tokenOf: ({ headers }) => /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1],
  answers: (written) => () => {
    const queues = [LINUX, ARM].map(({ resourceClass, demand = resourceClass }) => {
      const { running, unclaimed } = written(resourceClass);
      const counts = [
        ...(running === undefined ? [] : [`"running":${running}`]),
        ...(unclaimed === undefined ? [] : [`"waiting":${unclaimed}`]),
      ];
      return `{${[`"name":"${demand}"`, ...counts].join()}}`;
    });
    return { body: `{"queues":[${queues.join()}]}` };
  },
  resetHeader: 'x-ratelimit-reset',
  waitsUntilRetryAt: true,
};

describeSource(TEMPLATE);

describe('the template source', () => {
  afterEach(closeStage);

  const answered = TEMPLATE.answers(() => ({ running: '1', unclaimed: '2' }));

  test('asks once for all classes of a pass, and again in the next', async () => {
    const { read, pass, received } = await stage(templateSource, answered);
    const budget = pass();
    await Promise.all([read(LINUX, budget), read(ARM, budget)]);
    await read(LINUX, budget);
    expect(received).toHaveLength(1);
    await read(LINUX, pass());
    expect(received).toHaveLength(2);
  });

  test('sends a method and a body', async () => {
    const { read, received } = await stage(templateSource, answered);
    await read(LINUX);
    expect(received[0]).toMatchObject({
      method: 'POST',
      body: '{"states":["waiting","running"]}',
    });
  });

  test('takes a queue that is not there for unknown, not for empty', async () => {
    const { failure } = await stage(templateSource, answered);
    const error = await failure({ resourceClass: 'windows', group: 'ci-windows' });
    expect(error).toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('the CI system has no queue windows'),
    });
  });
});
