/**
 * The URL of a deployed function: what Lambda does with a request before the function gets it, and with its answer. A
 * URL with AWS_IAM takes signed requests of the callers that are told to it, by the policies of their roles.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAllowed, type PolicyStatement } from '../../permissions/evaluate.ts';
import type { RunningFunction } from './lambda-service.ts';
import { ACCOUNT } from './moto.ts';
import { isSignedBy, keyOf } from './signed-request.ts';

/** Somebody with credentials of AWS. */
export interface UrlCaller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly arn: string;
  /** Of its role's or user's policies. */
  readonly statements: readonly PolicyStatement[];
}

export interface FunctionUrlOptions {
  /** As it was deployed. */
  readonly authType: 'AWS_IAM' | 'NONE';
  readonly functionArn: string;
  readonly lambda: RunningFunction;
}

export interface FunctionUrl {
  readonly url: string;
  /** Requests that reached the function. */
  readonly events: readonly string[];
  /** Makes a caller known to IAM. */
  admit(caller: UrlCaller): void;
  end(): Promise<void>;
}

/** What a function returns. */
interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function serveFunctionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const callers = new Map<string, UrlCaller>();
  const events: string[] = [];

  async function answerTo(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const caller = callers.get(keyOf(request) ?? '');
    if (options.authType === 'AWS_IAM') {
      const isKnown = caller !== undefined && isSignedBy({ request, body }, caller);
      if (!isKnown || !mayCall(caller, options.functionArn)) return FORBIDDEN;
    }
    const event = JSON.stringify(eventOf({ request, body }, caller));
    events.push(event);
    const { error, answer } = await options.lambda.invoke(event);
    if (error !== undefined) return { statusCode: 502, body: 'Internal Server Error' };
    return JSON.parse(answer) as Answer;
  }

  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { statusCode, headers = {}, body = '' } = await answerTo(request, Buffer.concat(parts));
      response.writeHead(statusCode, headers).end(body);
    })().catch((error: unknown) => void response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    events,
    admit: (caller) => void callers.set(caller.accessKeyId, caller),
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** In Lambda's words, which no function of ours uses. */
const FORBIDDEN: Answer = { statusCode: 403, body: '{"Message":"Forbidden"}' };

/** Since October 2025 a call by the URL needs both actions. */
function mayCall({ statements }: UrlCaller, resource: string): boolean {
  return [
    {
      action: 'lambda:InvokeFunctionUrl',
      context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' },
    },
    { action: 'lambda:InvokeFunction', context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ].every((asked) => isAllowed(statements, { ...asked, resource }));
}

interface Asked {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

function eventOf({ request, body }: Asked, caller: UrlCaller | undefined): object {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const { method = '', headers } = request;
  // Lambda hands over as text what says that it is one.
  const isText = /^(text\/|application\/(json|javascript|xml))/.test(headers['content-type'] ?? '');
  const domainName = headers.host ?? '';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    requestContext: {
      accountId: caller === undefined ? 'anonymous' : accountOf(caller),
      apiId: domainName.split('.')[0],
      ...(caller !== undefined && { authorizer: { iam: identityOf(caller) } }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '198.51.100.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: '00000000-0000-4000-8000-000000000000',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText && body.length > 0,
  };
}

function identityOf(caller: UrlCaller): object {
  const id = `AROAEXAMPLE:${caller.arn.split('/').at(-1)}`;
  return {
    accessKey: caller.accessKeyId,
    accountId: accountOf(caller),
    callerId: id,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: caller.arn,
    userId: id,
  };
}

function accountOf({ arn }: UrlCaller): string {
  return arn.split(':')[4] ?? ACCOUNT;
}
