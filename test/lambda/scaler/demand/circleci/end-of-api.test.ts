/** The end of an API, announced or come: the message names the date, and what to set. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { circle, COUNTS, FLEETS, ID } from '../circleci-stage.ts';
import { good } from '../source-contract.ts';
import { closeStage } from '../source-stage.ts';

afterEach(closeStage);

const CLOUD = { url: 'https://runner.circleci.com' };
const SUNSET = 'Wed, 31 Mar 2027 00:00:00 GMT';

describe.each([
  [
    COUNTS,
    ['/api/v3/runner/tasks/running', '/api/v3/runner/tasks'],
    "set circleci.api to 'fleets' in the config and deploy",
  ],
  [
    FLEETS,
    ['/api/v3/runner/resource-classes', '/api/v3/runner/fleets/{id}'],
    "set circleci.api to 'counts' in the config and deploy",
  ],
])('the end of the API $api', (way, routes, what) => {
  const answered = good(way, { running: 1, unclaimed: 2 });

  test.each([
    ['sunset', SUNSET, SUNSET],
    ['deprecation', '@1806451200', '@1806451200 (2027-03-31)'],
    ['deprecation', 'true', 'true'],
    ['deprecation', SUNSET, SUNSET],
    ['deprecation', '@99999999999999', '@99999999999999'],
  ])(
    'that %s announces as %s is told once, and the answer is still used',
    async (name, value, told) => {
      const { read, notices } = await circle(
        way,
        (request) => ({ ...answered(request), headers: { [name]: value } }),
        CLOUD,
      );
      for (let pass = 0; pass < 3; pass += 1) {
        expect(await read()).toEqual({ unclaimed: 2, running: 1 });
      }
      expect(notices).toEqual(
        routes.map(
          (route) =>
            `CircleCI announces the end of ${route}: ${name} is ${told}; before it ends, ${what}`,
        ),
      );
    },
  );

  test('is told once also where each answer names another moment', async () => {
    let second = 0;
    const { read, notices } = await circle(way, (request) => ({
      ...answered(request),
      headers: { sunset: `Wed, 31 Mar 2027 00:00:${String((second += 1)).padStart(2, '0')} GMT` },
    }));
    for (let pass = 0; pass < 5; pass += 1) await read();
    expect(notices).toHaveLength(2);
  });

  test('that has come is a failure with its date', async () => {
    const headers = { deprecation: '@1798761600', sunset: SUNSET };
    const { failure } = await circle(way, () => ({ status: 410, headers }), CLOUD);
    const error = await failure();
    expect(error.kind).toBe('gone');
    expect(error.message).toMatch(
      new RegExp(
        `answered 410: CircleCI has retired this API, deprecation is @1798761600 \\(2027-01-01\\), sunset is ${SUNSET}; ${what}$`,
      ),
    );
  });

  test('that has come without a date is a failure that says what to set', async () => {
    const { failure } = await circle(way, () => ({ status: 410 }), CLOUD);
    expect((await failure()).message).toMatch(
      new RegExp(`answered 410: CircleCI has retired this API; ${what}$`),
    );
  });
});

test('the end of the fleets of an installation of one leads to the counts, which is said once', async () => {
  const { failure } = await circle(FLEETS, () => ({ status: 410 }));
  expect((await failure()).message).toMatch(
    /has retired this API; set circleci\.api to 'counts' in the config and deploy$/,
  );
});

test('of an installation of one, the counts have a successor only when it answers one', async () => {
  const { failure } = await circle(COUNTS, () => ({ status: 410 }));
  expect((await failure()).message).toMatch(/once this installation answers the fleets API$/);
});

describe("where circleci.api is 'auto'", () => {
  test('the end of the fleets API is told with what happens then', async () => {
    const { read, notices } = await circle({ api: 'auto' }, (request) => ({
      ...good(FLEETS, { running: 1, unclaimed: 2 })(request),
      headers: { sunset: SUNSET },
    }));
    await read();
    expect(notices[0]).toContain("circleci.api is 'auto' in the config, so they are read then");
  });

  test('that of the counts, too', async () => {
    const { read, notices } = await circle({ api: 'auto' }, (request) =>
      request.path.includes('/tasks')
        ? { ...good(COUNTS, { running: 1, unclaimed: 2 })(request), headers: { sunset: SUNSET } }
        : { status: 404 },
    );
    await read();
    expect(notices[0]).toContain('see that the installation answers the fleets API');
    expect(notices[0]).not.toContain(ID);
  });
});
