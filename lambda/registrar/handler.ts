/** The entry of the registrar, a function behind a URL that only machines may call. */
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { trustFile } from '../scaler/authorities.ts';
import { requestHandler } from '../scaler/aws-requests.ts';
import { systemClock } from '../scaler/clock.ts';
import { gitHubApiUrl } from '../scaler/contract/github.ts';
import { decodeRegistrarSettings } from '../scaler/contract/github-functions.ts';
import { secretCredential } from '../scaler/demand/credentials.ts';
import { gitHubApp } from '../scaler/demand/github-app-secret.ts';
import { installationTokens } from '../scaler/demand/github/app.ts';
import { httpClient } from '../scaler/demand/http-call.ts';
import { groups } from './groups.ts';
import { machines } from './machine.ts';
import { places } from './place.ts';
import { type Answer, type Registrar, registrar } from './registrar.ts';
import { releases } from './releases.ts';

let composed: Registrar | undefined;

export async function handler(event: unknown, context: Context): Promise<Answer> {
  composed ??= compose();
  return composed(event, {
    account: context.invokedFunctionArn.split(':')[4] ?? '',
    remainingMs: context.getRemainingTimeInMillis(),
  });
}

/** A container serves one request at a time. */
const CONNECTIONS = 1;

function compose(): Registrar {
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
  return registrar({
    machineOf: machines({ client: new AutoScalingClient(aws), clock, name }),
    gitHub: {
      placeOf: places({ apiUrl, call, clock, tokens, random }),
      groups: groups(clock),
      releaseFor: releases(runner, clock),
    },
    clock,
    random,
    log,
  });
}

function log(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
