/** What GitHub adds to the ledger: the registrar, the webhook, and machines without a secret. */
import type { TokenSource } from '../config/resolved-config.ts';
import { type Line, type TokenUse, tokenLines } from './line.ts';

/** The registrar's function. */
export const REGISTRAR = 'the registrar';
const WEBHOOK = 'the webhook';

export function gitHubAppUse(scaler: string): TokenUse {
  return {
    secret: `GitHub App of runner-scaler ${scaler}`,
    why: 'Only with `github`: the function signs in with the App, and counts the jobs of GitHub.',
    keyOption: 'appKmsKeyArn',
  };
}

export function registrarLines(scaler: string, app: TokenSource): readonly Line[] {
  return [
    ...logLines(`log group /runner-scaler/${scaler}/registrar`),
    {
      action: 'autoscaling:DescribeAutoScalingInstances',
      resource: '*',
      why: 'Whether the machine that calls is in a group, in which one, and still booting: a machine that has started its runner gets no second one. And whether the machine of a runner that is left is really in no group.',
    },
    {
      action: 'autoscaling:DescribeAutoScalingGroups',
      resource: '*',
      why: "The group's tags say whether it is this scaler's, which role its machines have, and which labels its runners get. Its machines are those whose runners the hourly sweep leaves alone.",
    },
    ...tokenLines(app, {
      ...gitHubAppUse(scaler),
      why: 'Signs in with the App, to make and remove runners in GitHub. No machine can read it.',
    }),
  ];
}

export const SWEEP_LINES: readonly Line[] = [
  {
    action: 'lambda:InvokeFunction',
    resource: REGISTRAR,
    why: 'The schedule invokes the registrar each hour, to remove from GitHub the runners of machines that are gone.',
  },
];

export function webhookLines(scaler: string): readonly Line[] {
  return [
    ...logLines(`log group /runner-scaler/${scaler}/webhook`),
    {
      action: 'secretsmanager:GetSecretValue',
      resource: `secret "webhook secret of the GitHub App of runner-scaler ${scaler}"`,
      why: 'Checks that a delivery is from GitHub, which signs it with this secret.',
    },
    {
      action: 'events:PutEvents',
      resource: 'arn:aws:events:REGION:ACCOUNT:event-bus/default',
      condition:
        'ForAllValues:StringEquals events:detail-type = Demand Changed and ' +
        `ForAllValues:StringEquals events:source = runner-scaler.${scaler}/github and ` +
        'Null events:detail-type = false and Null events:source = false',
      why: 'Tells the scaler in which repository jobs may wait. Only events of this kind, and only of this source, which no machine may send.',
    },
  ];
}

/** Who may call the webhook's address. */
export const WEBHOOK_ADDRESS_LINES: readonly Line[] = [
  {
    action: 'lambda:InvokeFunctionUrl',
    resource: WEBHOOK,
    condition: 'FunctionUrlAuthType = NONE',
    why: 'GitHub cannot sign as AWS does. What is not signed with the webhook secret is refused before anything else is done.',
  },
  {
    action: 'lambda:InvokeFunction',
    resource: WEBHOOK,
    condition: 'InvokedViaFunctionUrl = true',
    why: 'Lambda asks for this besides, since October 2025; by the address only.',
  },
];

/** What a machine of GitHub may do to join: it has no right to any secret. */
export const CALL_REGISTRAR_LINES: readonly Line[] = [
  {
    action: 'lambda:InvokeFunctionUrl',
    resource: REGISTRAR,
    condition: 'StringEquals lambda:FunctionUrlAuthType = AWS_IAM',
    why: 'A machine asks for the config of its own runner, and has the runner removed when no job came. The registrar learns from the signed request which machine calls.',
  },
  {
    action: 'lambda:InvokeFunction',
    resource: REGISTRAR,
    condition: 'Bool lambda:InvokedViaFunctionUrl = true',
    why: 'Lambda asks for this besides, since October 2025; by the address only, not directly.',
  },
];

function logLines(log: string): readonly Line[] {
  return [
    {
      action: 'logs:CreateLogStream',
      resource: log,
      why: "Lambda opens a stream in the function's own log for each of its environments.",
    },
    {
      action: 'logs:PutLogEvents',
      resource: log,
      why: 'Lambda writes what the function says to that log.',
    },
  ];
}
