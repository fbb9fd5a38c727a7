/**
 * Stand-ins on loopback for all that an instance talks to: the metadata service, Secrets Manager, Auto
 * Scaling, EventBridge, CloudWatch Logs and the host of the agent's releases. They refuse what the real
 * ones refuse.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  actionOf,
  autoscalingWords,
  type JsonServices,
  jsonReply,
} from '../instance-services/json-calls.ts';
import { metadataReply } from '../instance-services/metadata.ts';
import {
  CREDENTIALS,
  INSTANCE_ID,
  REGION,
  ROLE_SECRET,
  RUNNER_TOKEN,
} from '../instance-services/names.ts';
import { isGitLabRelease, type Releases, releasesOf } from '../instance-services/releases.ts';
import { ok, refusal, type Reply } from '../instance-services/reply.ts';
import { checkSignature } from '../instance-services/signature.ts';

/** A secret of the user's own. */
export const OWN_SECRET = 'arn:aws:secretsmanager:eu-north-1:123456789012:secret:linux-AbCdEf';

export const MIN_SIZE_REFUSAL = refusal(
  400,
  'ValidationError',
  "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
);

export const NO_ACTIVE_ACTION = refusal(
  400,
  'ValidationError',
  `No active Lifecycle Action found with instance ID ${INSTANCE_ID}`,
);

/**
 * What becomes of a call: the usual answer, another one, none because nothing was done, or none although
 * everything was done.
 */
export type Fate = Reply | 'reset' | 'lost' | undefined;

/** What a test makes different. */
export interface CloudOptions {
  readonly imds?: (path: string) => Fate;
  readonly secret?: (body: string) => Fate;
  readonly autoscaling?: (parameters: URLSearchParams) => Fate;
  /** Calls of EventBridge. */
  readonly events?: (body: string) => Fate;
  /** Calls of CloudWatch Logs. */
  readonly logs?: (action: string) => Fate;
  readonly releases?: (path: string) => Fate;
  /** Calls of the function that registers machines. */
  readonly registrar?: (path: string, body: string) => Fate;
}

export interface Cloud extends JsonServices {
  readonly url: string;
  /** Every call, in words, in order. */
  onEvent: (event: string) => void;
  /** What the machine's group means it to be, which its metadata say. */
  targetState: string;
  readonly autoscalingCalls: URLSearchParams[];
  /** Metadata entries beyond the usual ones. */
  readonly metadata: Map<string, string | undefined>;
  close(): Promise<void>;
}

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const server = createServer((request, response) => {
    void respond(request, response);
  });

  async function respond(request: IncomingMessage, response: ServerResponse) {
    let body = '';
    for await (const part of request) body += String(part);
    const reply = answer(request, body);
    if (reply === 'reset') request.socket.destroy();
    else response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  function decide(fate: Fate, usual: () => Reply): Reply | 'reset' {
    if (fate === 'lost') usual();
    return fate === 'lost' ? 'reset' : (fate ?? usual());
  }

  function answer(request: IncomingMessage, body: string): Reply | 'reset' {
    const path = request.url ?? '';
    if (path.startsWith('/latest/')) {
      const changing = new Map([
        ['autoscaling/target-lifecycle-state', cloud.targetState],
        ...cloud.metadata,
      ]);
      return decide(options.imds?.(path), () => metadataReply(request, changing));
    }
    if (path.startsWith('/actions/runner/')) {
      cloud.onEvent(`download ${path}`);
      return decide(options.releases?.(path), () => ({ status: 404, body: 'Not Found' }));
    }
    if (isGitLabRelease(path)) {
      cloud.onEvent(`download ${path}`);
      return decide(options.releases?.(path), () => ({ status: 404, body: 'NoSuchKey' }));
    }
    if (path.startsWith('/circleci-runner/')) {
      cloud.onEvent(`download ${path}`);
      return decide(options.releases?.(path), () => releases().reply(path));
    }
    const { method = '', headers } = request;
    const signed = checkSignature({ method, path, headers, body: Buffer.from(body) }, CREDENTIALS);
    if ('refused' in signed) return { status: 403, body: signed.refused };
    const { service, region } = signed;
    if (method !== 'POST' || region !== REGION) return bad('method or Region');
    if (service === 'autoscaling') return autoscaling(new URLSearchParams(body));
    if (service === 'lambda') {
      cloud.onEvent(`registrar ${path} ${body}`);
      return decide(options.registrar?.(path, body), () => ({ status: 404, body: '' }));
    }
    const action = actionOf(service, headers);
    if (action === undefined) return bad('action');
    cloud.onEvent(action);
    const fates = { secretsmanager: options.secret, events: options.events, logs: options.logs };
    const fate = fates[service as keyof typeof fates]?.(service === 'logs' ? action : body);
    return decide(fate, () => jsonReply(action, body, cloud));
  }

  function autoscaling(parameters: URLSearchParams): Reply | 'reset' {
    const action = parameters.get('Action');
    cloud.onEvent(autoscalingWords(parameters));
    cloud.autoscalingCalls.push(parameters);
    return decide(options.autoscaling?.(parameters), () => {
      if (parameters.get('Version') !== '2011-01-01') return bad('version');
      if (action === 'CompleteLifecycleAction') {
        if (launched) return NO_ACTIVE_ACTION;
        launched = true;
      }
      if (action === 'TerminateInstanceInAutoScalingGroup') cloud.targetState = 'Terminated';
      if (action === 'DetachInstances') cloud.targetState = 'Detached';
      return ok('<Response/>');
    });
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  let launched = false;
  const cloud: Cloud = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onEvent: () => undefined,
    targetState: 'InService',
    autoscalingCalls: [],
    secrets: new Map([ROLE_SECRET, OWN_SECRET].map((id) => [id, RUNNER_TOKEN])),
    events: [],
    logEvents: [],
    metadata: new Map(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return cloud;
}

function bad(what: string): Reply {
  return { status: 400, body: `wrong ${what}` };
}

let made: Releases | undefined;

/** The releases of an agent that only says its version. */
export function releases(): Releases {
  if (made === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'agent-'));
    const agent = '#!/bin/sh\necho "circleci-runner 3.1.13"\n';
    writeFileSync(join(folder, 'circleci-runner'), agent, { mode: 0o755 });
    made = releasesOf(folder);
    rmSync(folder, { recursive: true });
  }
  return made;
}
