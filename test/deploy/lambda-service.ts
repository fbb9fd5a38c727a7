/**
 * The side of Lambda that a function sees: the Runtime API, and a process under AWS's runtime client.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { ENV } from '../../lambda/scaler/contract.ts';
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Companion, start } from './child.ts';
import type { DeployedFunction } from './stack.ts';
import type { Toolbox } from './toolbox.ts';

export interface Invocation {
  readonly requestId: string;
  /** What the function reported to the Runtime API; undefined when it succeeded. */
  readonly error: { readonly errorType: string; readonly errorMessage: string } | undefined;
  /** What it returned, as JSON; empty when it failed. */
  readonly answer: string;
  readonly ms: number;
}

export interface RunningFunction {
  /** Hands over one event and waits for the function's report. */
  invoke(payload: string): Promise<Invocation>;
  /** Lines of its log that are JSON and have this request's turn or any, oldest first. */
  readonly log: readonly string[];
  readonly pid: number;
  end(): Promise<void>;
}

export interface FunctionOptions {
  readonly toolbox: Toolbox;
  readonly deployed: DeployedFunction;
  /** What Lambda adds to the function's own environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const API = '/2018-06-01/runtime';

interface Turn {
  readonly requestId: string;
  readonly payload: string;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = Pick<Invocation, 'error' | 'answer'>;

export async function startFunction(options: FunctionOptions): Promise<RunningFunction> {
  const { deployed, toolbox } = options;
  const waiting: Turn[] = [];
  const running = new Map<string, Turn>();
  const log: string[] = [];
  let asking: ServerResponse | undefined;

  const handOver = () => {
    if (asking === undefined) return;
    const turn = waiting.shift();
    if (turn === undefined) return;
    running.set(turn.requestId, turn);
    asking
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': turn.requestId,
        'lambda-runtime-deadline-ms': String(Date.now() + deployed.timeoutSeconds * 1000),
        'lambda-runtime-invoked-function-arn': deployed.arn,
        'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
      })
      .end(turn.payload);
    asking = undefined;
  };
  const settle = (requestId: string, outcome: Outcome) => {
    running.get(requestId)?.settle(outcome);
    running.delete(requestId);
  };
  const failAll = (errorType: string, errorMessage: string) => {
    for (const turn of [...waiting.splice(0), ...running.values()]) {
      turn.settle({ error: { errorType, errorMessage }, answer: '' });
    }
    running.clear();
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '';
      if (path === `${API}/invocation/next`) {
        asking = response;
        handOver();
        return;
      }
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
      const [, requestId, kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
      const body = Buffer.concat(parts).toString('utf8');
      if (requestId !== undefined) {
        settle(
          requestId,
          kind === 'error'
            ? { error: errorIn(body), answer: '' }
            : { error: undefined, answer: body },
        );
      } else if (path === `${API}/init/error`) {
        const { errorType, errorMessage } = errorIn(body);
        failAll(`init: ${errorType}`, errorMessage);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  const companion: Companion = start(
    {
      command: toolbox.node,
      args: [toolbox.runtimeClient, deployed.handler],
      cwd: deployed.folder,
      env: {
        PATH: process.env['PATH'],
        ...lambdaEnvironment(deployed),
        ...options.environment,
        ...deployed.environment,
        ...queueSeen(deployed, options),
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      },
    },
    (line) => void log.push(line),
    (status) => {
      const tail = log.slice(-20).join('\n');
      failAll('Runtime.ExitError', `the process ended with ${status}:\n${tail}`);
    },
  );

  return {
    log,
    pid: companion.process.pid ?? 0,
    invoke: async (payload) => {
      const exit = companion.exit();
      if (exit !== undefined) throw new Error(`the function's process ended with ${exit}`);
      const startedAt = performance.now();
      const requestId = randomUUID();
      const outcome = await new Promise<Outcome>((settle) => {
        waiting.push({ requestId, payload, settle });
        handOver();
      });
      return { requestId, ...outcome, ms: performance.now() - startedAt };
    },
    end: async () => {
      await companion.end();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The SDK calls a queue where its URL says that it is: here behind what writes the calls down. */
function queueSeen(
  { environment }: DeployedFunction,
  { environment: added }: Pick<FunctionOptions, 'environment'>,
): Record<string, string> {
  const url = environment[ENV.queueUrl];
  const seen = added['AWS_ENDPOINT_URL'];
  if (url === undefined || seen === undefined) return {};
  return { [ENV.queueUrl]: `${seen}${new URL(url).pathname}` };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function lambdaEnvironment(deployed: DeployedFunction): Record<string, string> {
  return {
    _HANDLER: deployed.handler,
    LAMBDA_TASK_ROOT: deployed.folder,
    AWS_EXECUTION_ENV: `AWS_Lambda_${deployed.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: deployed.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(deployed.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${deployed.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]00000000000000000000000000000000',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}

function errorIn(body: string): { errorType: string; errorMessage: string } {
  const { errorType = 'unknown', errorMessage = '' } = JSON.parse(body) as Record<string, string>;
  return { errorType, errorMessage };
}
