/** What a command asks AWS, by the names that a policy has for it. */
import { queryError } from '../../simulator/emulators/aws-query.ts';
import { jsonRefusal } from '../../simulator/emulators/json-service.ts';
import type { Request, Response } from '../../simulator/emulators/server.ts';

/** For example `autoscaling:DescribeAutoScalingGroups`. */
export function callOf({ headers, body, path }: Request): string {
  const [, service = ''] =
    /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return `${service}:${actionOf({ headers, body, path })}`;
}

function actionOf({ headers, body, path }: Pick<Request, 'headers' | 'body' | 'path'>): string {
  const target = headers['x-amz-target'];
  if (target !== undefined) return String(target).replace(/^.*\./, '');
  if (/^\/2015-03-31\/functions\/[^/]+\/configuration$/.test(path))
    return 'GetFunctionConfiguration';
  if (path.startsWith('/schedules/')) return 'GetSchedule';
  return new URLSearchParams(body).get('Action') ?? '';
}

/** Whether a call is of the simulated scaler itself, which signs as such. */
export function isOfScaler({ headers }: Request): boolean {
  return /Credential=simulator\//.test(headers.authorization ?? '');
}

export function refusedAs(request: Request, code: string, words: string): Response {
  const isQuery = new URLSearchParams(request.body).has('Action');
  return isQuery ? queryError(400, code, words) : jsonRefusal(code, words, 400);
}

export function resourceOf(call: string): string {
  const [service = '', action = ''] = call.split(':');
  return `arn:aws:${service}:us-east-1:123456789012:of-${action}`;
}

export const CALLER = 'arn:aws:sts::123456789012:assumed-role/OnCall/ann';

/** As AWS says it where a permission is missing. */
export function deniedWords(call: string): string {
  return `User: ${CALLER} is not authorized to perform: ${call} on resource: ${resourceOf(call)} because no identity-based policy allows the ${call} action`;
}
