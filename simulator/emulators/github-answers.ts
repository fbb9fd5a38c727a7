/** How GitHub's REST API answers, and pages its lists. */
import { createHash } from 'node:crypto';
import type { components } from '@octokit/openapi-types';
import type { Request, Response } from './server.ts';

/** GitHub's own description of what it answers. */
export type Schemas = components['schemas'];

export function json(status: number, body: object): Response {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

export function refusal(status: number, message: string): Response {
  return json(status, {
    message,
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  });
}

export const NOT_FOUND = refusal(404, 'Not Found');

/** One page of a list, with a link to the next one. */
export function paged(key: string, items: readonly object[], request: Request): Response {
  const { query, path, headers } = request;
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  const shown = items.slice((page - 1) * size, page * size);
  const answer = json(200, { total_count: items.length, [key]: shown });
  if (page * size >= items.length) return answer;
  const next = new URLSearchParams(query);
  next.set('page', String(page + 1));
  const url = `http://${headers.host ?? 'localhost'}${path}?${next.toString()}`;
  return { ...answer, headers: { link: `<${url}>; rel="next"` } };
}

/** With the answer's ETag, and without its body for one who has it. */
export function conditional(answer: Response, { headers, method }: Request): Response {
  if (method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(answer.body).digest('hex')}"`;
  const isKnown = headers['if-none-match'] === etag;
  return {
    ...answer,
    ...(isKnown && { status: 304, body: '' }),
    headers: { ...answer.headers, etag },
  };
}
