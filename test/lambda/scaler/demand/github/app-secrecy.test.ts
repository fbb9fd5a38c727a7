/** No message repeats a token that GitHub mints, however its answers look. */
import { expect, test } from '@jest/globals';
import { budgetOf } from '../../../../../lambda/scaler/clock.ts';
import { installationTokens } from '../../../../../lambda/scaler/demand/github/app.ts';
import { httpClient } from '../../../../../lambda/scaler/demand/http-call.ts';
import { testApp } from '../../../../github-app.ts';
import { startServer } from '../../../../http-server.ts';
import { manualClock } from '../../../../manual-clock.ts';

const APP = testApp('12345');
const MINTED = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const GOOD = 'an answer that would be good';

const BODIES: readonly (readonly [name: string, body: string])[] = [
  [GOOD, `{"token":"${MINTED}","expires_at":"2026-03-02T10:00:00Z"}`],
  ['one without its end', `{"token":"${MINTED}","expires_at":`],
  ['one without a moment', `{"token":"${MINTED}"}`],
  ['a page', `<html><pre>token=${MINTED}</pre></html>`],
  ['a message', `{"message":"${MINTED}","errors":["${MINTED}",{"message":"${MINTED}"}]}`],
];

test.each(
  [200, 201, 302, 400, 403, 404, 422, 429, 500].flatMap((status) =>
    BODIES.map(([name, body]) => [status, name, body] as const),
  ),
)('in %s with %s', async (status, name, body) => {
  const clock = manualClock();
  const server = await startServer(({ method }) =>
    method === 'POST' ? { status, body } : { body: '{"id":7}' },
  );
  const notices: string[] = [];
  const tokens = installationTokens({
    apiUrl: server.url,
    call: httpClient(1),
    clock,
    apps: { current: async () => APP, reread: async () => APP },
    onNotice: (notice) => notices.push(notice),
  });
  const work = tokens.current('acme', budgetOf(clock, 15_000));
  const answer: unknown = await work.catch((thrown: unknown) => thrown);
  await server.close();
  expect(answer === MINTED).toBe(status === 201 && name === GOOD);
  const told = answer instanceof Error ? `${answer.message} ${answer.stack ?? ''}` : '';
  expect([told, ...notices].join(' ')).not.toContain(MINTED.slice(0, 12));
});
