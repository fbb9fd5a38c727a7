/** An account that answers one call only when it is let. */
import { createServer, request as requestOf } from 'node:http';
import { callOf } from './calls.ts';

export interface SlowAccount {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param url of the account itself
 * @param held the call that is answered when `until` resolves
 */
export async function slowAccount(
  url: string,
  held: string,
  until: Promise<void>,
): Promise<SlowAccount> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const body = Buffer.concat(parts);
      const { method = 'GET', headers, url: path = '/' } = incoming;
      const asked = { method, path, headers, query: new URLSearchParams(), body: String(body) };
      const wait = callOf(asked) === held ? until : Promise.resolve();
      const forward = (): void => {
        const onward = requestOf(new URL(path, url), { method, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        });
        onward.end(body);
      };
      void wait.then(forward);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
