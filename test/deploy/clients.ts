/** Two clients that share no code, asked alike: AWS's SDK for JavaScript, and botocore. */
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from './child.ts';
import { awsEnvironment, REGION } from './moto.ts';
import type { Toolbox } from './toolbox.ts';

export interface Call {
  readonly service: 'autoscaling' | 'secretsmanager';
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type Answer =
  | { readonly status: number; readonly output: Readonly<Record<string, unknown>> }
  | { readonly status: number; readonly code: string; readonly message: string };

export interface Client {
  readonly name: string;
  send(endpoint: string, call: Call): Promise<Answer>;
  end(): Promise<void>;
}

/** What both clients are taken to say when the answer is no answer of AWS's. */
const UNREADABLE = 'unreadable';

export function javascriptClient(): Client {
  const made = new Map<string, Sender>();
  const clientOf = (endpoint: string, service: Call['service']) => {
    const key = `${service} ${endpoint}`;
    const config = {
      endpoint,
      region: REGION,
      credentials: { accessKeyId: 'AKIAJAVASCRIPT', secretAccessKey: 'not-a-secret' },
      maxAttempts: 1,
    };
    const known = made.get(key);
    if (known !== undefined) return known;
    const client: object =
      service === 'autoscaling'
        ? new autoScaling.AutoScalingClient(config)
        : new secretsManager.SecretsManagerClient(config);
    made.set(key, client as Sender);
    return client as Sender;
  };
  return {
    name: 'the SDK for JavaScript',
    async send(endpoint, { service, operation, input }) {
      const sdk: object = service === 'autoscaling' ? autoScaling : secretsManager;
      const Command = Reflect.get(sdk, `${operation}Command`) as new (input: object) => unknown;
      try {
        const { $metadata, ...output } = await clientOf(endpoint, service).send(new Command(input));
        return { status: $metadata.httpStatusCode ?? 0, output };
      } catch (error) {
        const { name, message, $metadata } = error as Error & { $metadata: Output['$metadata'] };
        const readable = !/^(Unknown|UnknownError|Error|SyntaxError)$/.test(name);
        return {
          status: $metadata?.httpStatusCode ?? 0,
          // Its classes of errors bear the name in the model, which ends so; the wire has it without.
          code: readable ? name.replace(/Fault$/, '') : UNREADABLE,
          message: readable ? message : '',
        };
      }
    },
    end: async () => undefined,
  };
}

interface Sender {
  send(command: unknown): Promise<Output>;
}

interface Output {
  readonly $metadata: { readonly httpStatusCode?: number };
}

export function botocoreClient(toolbox: Toolbox): Client {
  const waiting: {
    readonly resolve: (line: string) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  const said: string[] = [];
  const companion = start(
    {
      command: join(toolbox.python, 'python'),
      args: [fileURLToPath(new URL('botocore_client.py', import.meta.url))],
      env: awsEnvironment(toolbox),
    },
    (line) => {
      said.push(line);
      if (line.startsWith('{')) waiting.shift()?.resolve(line);
    },
    (status) => {
      const error = new Error(`botocore ended with ${status}:\n${said.slice(-20).join('\n')}`);
      for (const { reject } of waiting.splice(0)) reject(error);
    },
  );
  return {
    name: 'botocore',
    send: async (endpoint, call) => {
      const line = await new Promise<string>((resolve, reject) => {
        waiting.push({ resolve, reject });
        companion.send(JSON.stringify({ endpoint, ...call }));
      });
      return JSON.parse(line) as Answer;
    },
    end: async () => companion.end(),
  };
}
