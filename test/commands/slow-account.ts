/** An account that answers one call only when it is let. */
import { createServer, request as requestOf } from 'node:http';
import { listening, type RunningServer } from '../../simulator/emulators/server.ts';
import { callOf } from './calls.ts';

/**
 * @param url of the account itself
 * @param held the call that is answered when `until` resolves
 */
export async function slowAccount(
  url: string,
  held: string,
  until: Promise<void>,
): Promise<RunningServer> {
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
  return listening(server);
}
