/**
 * CircleCI and AWS for the benchmark of a pass, in a separate process so that their work does not count:
 * they answer after a pause, as services far away do. Sends its parent their addresses, and the
 * number of calls whenever it is asked. With a folder that has a certificate they speak TLS, and their
 * pauses vary; AWS speaks HTTP/1.1 only, and CircleCI HTTP/2 too if it is told to.
 *
 * usage: pass-servers.ts CLASSES [FOLDER http1|http2]
 */
import { encodeFleetTags, encodeLastUsed, TAG } from '../lambda/scaler/contract.ts';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { autoScalingEmulator } from '../simulator/emulators/auto-scaling.ts';
import {
  secretsManagerEmulator,
  isSecretsManager,
} from '../simulator/emulators/secrets-manager.ts';
import { authorityIn } from '../test/machine/authority.ts';

const [, , classesGiven, folder, circleciSpeaks] = process.argv;
const identity = folder === undefined ? undefined : authorityIn(folder).server;
const CIRCLECI_MS = identity ? { least: 30, most: 100 } : { least: 60, most: 60 };
const AWS_MS = identity ? { least: 30, most: 100 } : { least: 30, most: 30 };

const classes = Number(classesGiven);
const groups = Array.from({ length: classes }, (_, index) => ({
  group: `bench-${index}`,
  tags: {
    ...encodeFleetTags('bench', {
      source: 'circleci',
      resourceClass: `acme/class-${index}`,
      headroom: 0,
    }),
    // Otherwise each pass would write it.
    [TAG.lastUsed]: encodeLastUsed(Date.now()),
  },
  min: 0,
  max: 10,
  desired: 1,
  suspended: ['AZRebalance', 'AlarmNotification'],
  template: '1',
  instances: [
    {
      id: `i-${index}`,
      lifecycle: 'InService' as const,
      protected: true,
      health: 'Healthy' as const,
      zone: 'us-east-1a',
      type: 'm7i.large',
    },
  ],
}));
const refuse = () => {
  throw new Error('an idle pass must not write');
};
const answerGroups = autoScalingEmulator({
  groups: () => groups,
  setDesiredCapacity: refuse,
  setBounds: refuse,
  suspendProcesses: refuse,
  resumeProcesses: refuse,
  setTag: refuse,
  removeTag: refuse,
  deleteGroup: refuse,
  terminateInstance: refuse,
  completeLifecycleAction: refuse,
  activities: refuse,
});
const answerSecrets = secretsManagerEmulator(new Map([['token', 'bench-token']]));
let calls = 0;

const circleci = await listen(
  { pause: CIRCLECI_MS, http2: circleciSpeaks === 'http2' },
  ({ path }) => ({
    status: 200,
    type: 'application/json',
    body: path.includes('/running') ? '{"running_runner_tasks":1}' : '{"unclaimed_task_count":0}',
  }),
);
const aws = await listen({ pause: AWS_MS, http2: false }, (request) =>
  isSecretsManager(request) ? answerSecrets(request) : answerGroups(request),
);
process.send?.(JSON.stringify({ circleci, aws }));
process.on('message', () => process.send?.(calls));

type Asked = Parameters<typeof answerGroups>[0];

interface Manner {
  readonly pause: { readonly least: number; readonly most: number };
  readonly http2: boolean;
}

async function listen(
  { pause, http2 }: Manner,
  answer: (request: Asked) => ReturnType<typeof answerGroups>,
): Promise<string> {
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      calls += 1;
      const { method = 'GET', url = '/', headers } = request;
      const reply = answer({ method, path: url, query: new URLSearchParams(), headers, body });
      // Spread evenly, and in each run the same.
      const pauseMs = pause.least + ((calls * 37) % (pause.most - pause.least + 1));
      setTimeout(() => {
        response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body);
      }, pauseMs);
    });
  };
  const server = serverFor(http2, respond);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return identity ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
}

function serverFor(
  http2: boolean,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const keepAliveTimeout = 60_000;
  if (identity === undefined) return createServer({ keepAliveTimeout }, respond);
  if (!http2) return createTlsServer({ ...identity, keepAliveTimeout }, respond);
  return createSecureServer({ ...identity, allowHTTP1: true }, (request, response) => {
    // Both kinds have what is used here.
    respond(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
}
