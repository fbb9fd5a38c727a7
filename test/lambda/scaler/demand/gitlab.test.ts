/** What every source is held to, of each of GitLab's scopes; and what is GitLab's own in all of them. */
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  ARM,
  BY_GROUP,
  BY_INSTANCE,
  BY_PROJECTS,
  gitLabStage,
  graphQl,
  INSTANCE,
  LINUX,
} from './gitlab-stage.ts';
import { describeSource } from './source-contract.ts';
import { closeStage } from './source-stage.ts';

describeSource(BY_INSTANCE);
describeSource(BY_GROUP);
describeSource(BY_PROJECTS);

describe('what GitLab refuses', () => {
  afterEach(closeStage);

  const DATE = 'Mon, 02 Mar 2026 09:00:00 GMT';
  const AT = Date.parse(DATE) + 90_000;

  test.each<[string, Record<string, string>]>([
    ['Retry-After', { 'retry-after': '90' }],
    ['RateLimit-Reset', { 'ratelimit-reset': String(AT / 1000) }],
    ['RateLimit-ResetTime', { 'ratelimit-resettime': new Date(AT).toUTCString() }],
  ])('by 429 with %s is not asked for again before that moment', async (_name, headers) => {
    const { failure, read, received, clock } = await gitLabStage(INSTANCE, () => ({
      status: 429,
      headers: { date: DATE, ...headers },
      body: 'Retry later\n',
    }));
    expect(await failure(LINUX)).toMatchObject({
      kind: 'throttled',
      retryAt: clock.now() + 90_000,
    });
    await expect(read(ARM)).rejects.toThrow('not to be asked before 2026-03-02T09:01:30.000Z');
    expect(received).toHaveLength(1);
  });

  test.each([
    ['{"errors":[{"message":"Invalid token"}]}', '(Invalid token)'],
    ['{"message":"401 Unauthorized"}', '(401 Unauthorized)'],
    ['{"error":"invalid_token","error_description":"Token was revoked."}', 'Token was revoked.'],
  ])('by 401 with %s is told in its words, with what to do', async (body, words) => {
    const { failure } = await gitLabStage(INSTANCE, () => ({ status: 401, body }));
    const { kind, message } = await failure(LINUX);
    expect(kind).toBe('unauthorized');
    expect(message).toContain(words);
    expect(message).toContain('create one with the scope read_api');
  });

  test.each([502, 504])('by %i of the proxy before it is asked for again', async (status) => {
    const statuses = [status, status];
    const { read } = await gitLabStage(INSTANCE, (request) => {
      const next = statuses.shift();
      return next === undefined ? graphQl(request) : { status: next, body: '<h1>Bad</h1>' };
    });
    expect(await read(LINUX)).toEqual({ unclaimed: 2, running: 1 });
  });

  test('by a login page with 200 is told as such', async () => {
    const body = '<!DOCTYPE html><html><title>Sign in</title></html>';
    const { failure } = await gitLabStage(INSTANCE, () => ({ body }));
    const { kind, message } = await failure(LINUX);
    expect(kind).toBe('invalid-answer');
    expect(message).toContain('no login page or proxy answers in its place');
  });
});
