/** Secrets Manager, EventBridge and CloudWatch Logs, as far as an instance calls them. */
import type { IncomingHttpHeaders } from 'node:http';
import { ok, type Reply } from './reply.ts';

export interface PutEvent {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** What the services hold, and what they were sent. */
export interface JsonServices {
  /** Strings of secrets, by id or ARN; null for a secret without one. */
  readonly secrets: ReadonlyMap<string, string | null>;
  readonly events: PutEvent[];
  readonly logEvents: LogEvent[];
}

/** Names of the services' interfaces, in the header that says which call is made. */
const API: Readonly<Record<string, string>> = {
  secretsmanager: 'secretsmanager',
  events: 'AWSEvents',
  logs: 'Logs_20140328',
};

/** The action that a request names, or undefined where it is not one of the service's. */
export function actionOf(service: string, headers: IncomingHttpHeaders): string | undefined {
  const [api, action] = String(headers['x-amz-target']).split('.');
  const json = headers['content-type'] === 'application/x-amz-json-1.1';
  return json && api !== undefined && API[service] === api ? action : undefined;
}

export function jsonReply(action: string, body: string, services: JsonServices): Reply {
  const input = JSON.parse(body) as {
    readonly SecretId?: string;
    readonly Entries?: readonly PutEvent[];
    readonly logEvents?: readonly LogEvent[];
  };
  switch (action) {
    case 'GetSecretValue': {
      const SecretString = services.secrets.get(input.SecretId ?? '');
      return SecretString === undefined
        ? { status: 400, body: '{"__type":"ResourceNotFoundException"}' }
        : ok(JSON.stringify({ SecretString }));
    }
    case 'PutEvents':
      services.events.push(...(input.Entries ?? []));
      return ok('{"Entries":[{"EventId":"7c5e"}],"FailedEntryCount":0}');
    case 'CreateLogStream':
      return ok('{}');
    case 'PutLogEvents':
      services.logEvents.push(...(input.logEvents ?? []));
      return ok('{}');
    default:
      return { status: 400, body: '{"__type":"UnknownOperationException"}' };
  }
}

/** A call of Auto Scaling in words: the action, and the parameter that decides what it does. */
export function autoscalingWords(parameters: URLSearchParams): string {
  const detail =
    parameters.get('LifecycleActionResult') ??
    parameters.get('ShouldDecrementDesiredCapacity') ??
    parameters.get('ProtectedFromScaleIn');
  return `${parameters.get('Action')} ${detail}`;
}
