/** CircleCI Cloud on this machine: the project's emulator behind TLS under CircleCI's own name. */
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { circleCiEmulator } from '../../simulator/emulators/circleci.ts';
import { type Request, type Response, serve } from '../../simulator/emulators/server.ts';
import { run } from './child.ts';
import type { Toolbox } from './toolbox.ts';

interface Queue {
  unclaimed: number;
  running: number;
}

export interface CircleCiCloud {
  readonly host: string;
  readonly port: number;
  /** What a client must trust to believe that this is CircleCI. */
  readonly certificate: string;
  /** The queue of each resource class; the test writes into it. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** The API token that is accepted. */
  token: string;
  /** Answers in the emulator's place where it gives an answer. */
  failure: ((resourceClass: string) => Response | undefined) | undefined;
  end(): Promise<void>;
}

export interface CircleCiCloudOptions {
  readonly toolbox: Toolbox;
  readonly host: string;
  readonly folder: string;
  readonly resourceClasses: readonly string[];
  readonly token: string;
}

export async function startCircleCi(options: CircleCiCloudOptions): Promise<CircleCiCloud> {
  const { host, folder } = options;
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  await run({
    command: join(options.toolbox.python, 'python'),
    args: [fileURLToPath(new URL('certificate.py', import.meta.url)), host, key, certificate],
  });
  const queues = new Map<string, Queue>(
    options.resourceClasses.map((name) => [name, { unclaimed: 0, running: 0 }]),
  );
  const queueOf = (resourceClass: string) => {
    const queue = queues.get(resourceClass);
    if (queue === undefined) throw new Error(`no queue for ${resourceClass}`);
    return queue;
  };
  const counts = {
    readUnclaimed: (resourceClass: string) => queueOf(resourceClass).unclaimed,
    readRunning: (resourceClass: string) => queueOf(resourceClass).running,
    resourceClasses: new Set(queues.keys()),
  };
  const answer = (request: Request): Response =>
    cloud.failure?.(request.query.get('resource-class') ?? '') ??
    circleCiEmulator({ counts, token: cloud.token })(request);
  const plain = await serve(answer);
  const behind = Number(new URL(plain.url).port);

  const front = createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    (socket) => {
      const inner = connect(behind, '127.0.0.1');
      const close = () => {
        socket.destroy();
        inner.destroy();
      };
      socket.on('error', close).on('close', close);
      inner.on('error', close).on('close', close);
      socket.pipe(inner).pipe(socket);
    },
  );
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  const cloud: CircleCiCloud = {
    host,
    port: (front.address() as AddressInfo).port,
    certificate,
    queues,
    token: options.token,
    failure: undefined,
    end: async () => {
      // Ends the connections behind first, and with them those in front.
      await plain.close();
      await new Promise((resolve) => {
        front.close(resolve);
      });
    },
  };
  return cloud;
}
