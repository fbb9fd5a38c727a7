/**
 * CircleCI and AWS for the look benchmark, in a process of their own so that their work does not count:
 * they answer after a pause, as services far away do. Sends its parent their addresses, and the
 * number of calls whenever it is asked.
 *
 * usage: look-servers.ts CLASSES
 */
import { encodeFleetTags } from '../lambda/scaler/contract.ts';
import { createServer } from 'node:http';
import { autoScalingEmulator } from '../simulator/emulators/auto-scaling.ts';
import {
  secretsManagerEmulator,
  isSecretsManager,
} from '../simulator/emulators/secrets-manager.ts';

const CIRCLECI_MS = 60;
const AWS_MS = 30;

const classes = Number(process.argv[2]);
const groups = Array.from({ length: classes }, (_, index) => ({
  group: `bench-${index}`,
  tags: encodeFleetTags('bench', {
    source: 'circleci',
    resourceClass: `acme/class-${index}`,
    headroom: 0,
  }),
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
  throw new Error('an idle look must not write');
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

const circleci = await listen(CIRCLECI_MS, ({ path }) => ({
  status: 200,
  type: 'application/json',
  body: path.includes('/running') ? '{"running_runner_tasks":1}' : '{"unclaimed_task_count":0}',
}));
const aws = await listen(AWS_MS, (request) =>
  isSecretsManager(request) ? answerSecrets(request) : answerGroups(request),
);
process.send?.(JSON.stringify({ circleci, aws }));
process.on('message', () => process.send?.(calls));

type Asked = Parameters<typeof answerGroups>[0];

async function listen(
  pauseMs: number,
  answer: (request: Asked) => ReturnType<typeof answerGroups>,
): Promise<string> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      calls += 1;
      const { method = 'GET', url = '/', headers } = request;
      const reply = answer({ method, path: url, query: new URLSearchParams(), headers, body });
      setTimeout(() => {
        response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body);
      }, pauseMs);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}
