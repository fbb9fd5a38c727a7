/** The entry of the registrar, a function behind a URL that only machines may call, and that a schedule calls each hour. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { trustFile } from '../scaler/authorities.ts';
import { requestHandler } from '../scaler/aws-requests.ts';
import { systemClock } from '../scaler/clock.ts';
import { SWEEP_EVENT } from '../scaler/contract/events.ts';
import { gitHubApiUrl } from '../scaler/contract/github.ts';
import { decodeRegistrarSettings } from '../scaler/contract/github-functions.ts';
import { isObject } from '../scaler/contract/json.ts';
import { secretCredential } from '../scaler/demand/credentials.ts';
import { gitHubApp } from '../scaler/demand/github-app-secret.ts';
import { installationTokens } from '../scaler/demand/github/app.ts';
import { httpClient } from '../scaler/demand/http-call.ts';
import { fleetGroups } from './fleets.ts';
import { groups } from './groups.ts';
import { machines } from './machine.ts';
import { places } from './place.ts';
import { type Answer, type Registrar, registrar } from './registrar.ts';
import { releases } from './releases.ts';
import { type Sweep, sweeping } from './sweep.ts';

interface Composed {
  readonly serve: Registrar;
  readonly sweep: Sweep;
}

let composed: Composed | undefined;

/** @returns the answer to a machine; nothing to the schedule */
export async function handler(event: unknown, context: Context): Promise<Answer | undefined> {
  composed ??= compose();
  if (isSweep(event)) {
    await composed.sweep();
    return undefined;
  }
  return composed.serve(event, {
    account: context.invokedFunctionArn.split(':')[4] ?? '',
    remainingMs: context.getRemainingTimeInMillis(),
  });
}

/** Lambda puts what a caller of the address sends into an event of its own form, which has more fields. */
function isSweep(event: unknown): boolean {
  return (
    isObject(event) &&
    Object.keys(event).length === 1 &&
    event['runner-scaler'] === SWEEP_EVENT['runner-scaler']
  );
}

/** A container serves one request at a time. */
const CONNECTIONS = 1;

function compose(): Composed {
  const { name, github, runner, proxy, caFile } = decodeRegistrarSettings(process.env);
  if (caFile !== undefined) trustFile(caFile, process.env['LAMBDA_TASK_ROOT'] ?? '');
  const aws = { requestHandler: requestHandler(proxy) };
  const clock = systemClock;
  const random = Math.random;
  const apiUrl = gitHubApiUrl(github.url);
  const call = httpClient(CONNECTIONS, { proxy });
  const tokens = installationTokens({
    apiUrl,
    call,
    clock,
    apps: secretCredential({
      client: new SecretsManagerClient(aws),
      secret: github.appSecret,
      kind: gitHubApp,
      clock,
    }),
    random,
    onNotice: (notice) => log({ level: 'WARN', message: notice }),
  });
  const client = new AutoScalingClient(aws);
  const placeOf = places({ apiUrl, call, clock, tokens, random });
  return {
    serve: registrar({
      machineOf: machines({ client, clock, name }),
      gitHub: { placeOf, groups: groups(clock), releaseFor: releases(runner, clock) },
      clock,
      random,
      log,
    }),
    sweep: sweeping({ groups: fleetGroups(client, name), placeOf, clock, log }),
  };
}

function log(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
