/**
 * The ledger: every permission that this project grants in an account, and why. The templates are compared with
 * it, docs/permissions.md is written from it, and the policies may evaluate to nothing beyond it. A statement that
 * is added to the stack needs a line here.
 */
import { groupName } from '../config/fleet-names.ts';
import type { ResolvedConfig, ResolvedFleet } from '../config/resolved-config.ts';
import {
  CALL_REGISTRAR_LINES,
  gitHubAppUse,
  REGISTRAR,
  registrarLines,
  SWEEP_LINES,
  WEBHOOK_ADDRESS_LINES,
  webhookLines,
} from './github-lines.ts';
import { interfaceLines } from './interface-lines.ts';
import { type Line, QUEUE, tokenLines } from './line.ts';
import { ALARM_LINES, CLEAR_TOPIC_LINES } from './alarm-lines.ts';
import { type Grant, inOrder } from './template-roles.ts';

export type Permission = Grant & Line;

const BY_SCHEDULES =
  'scheduler.amazonaws.com if StringEquals aws:SourceAccount = ACCOUNT and ' +
  'StringEquals aws:SourceArn = arn:aws:scheduler:REGION:ACCOUNT:schedule-group/default';

/** Who may take each role, as `rolesOf` has it. */
export const TRUST: ReadonlyMap<RegExp, string> = new Map([
  [/^What the scaler .* may do$/, 'lambda.amazonaws.com'],
  [/^What the (registrar|webhook) of .* may do$/, 'lambda.amazonaws.com'],
  [/^What runners of .* may do$/, 'ec2.amazonaws.com'],
  [/^What the schedule of the registrar of .* may do$/, BY_SCHEDULES],
  [/^role for scheduler\.amazonaws\.com$/, BY_SCHEDULES],
]);

/** The permissions of a config's stack, in the words of `standInWords`. */
export function permissionsOf(config: ResolvedConfig): readonly Permission[] {
  return [
    ...linesOf(`What the scaler ${config.name} may do`, scalerLines(config)),
    ...linesOf('role for scheduler.amazonaws.com', SCHEDULE_LINES),
    ...linesOf('service events.amazonaws.com', sendLines(config)),
    ...linesOf('everybody', refusedLines(config)),
    ...alarmPermissions(config),
    ...gitHubPermissions(config),
    ...config.fleets.flatMap((fleet) =>
      linesOf(`What runners of ${fleet.resourceClass} may do`, [
        ...joiningLines(fleet),
        ...runnerLines(groupName(config.name, fleet.resourceClass)),
        eventLine(`runner-scaler.${config.name}/${fleet.resourceClass}`),
        ...(fleet.machineLogs ? machineLogLines(config) : []),
      ]),
    ),
  ];
}

function alarmPermissions({ monitoring: { alarms } }: ResolvedConfig): readonly Permission[] {
  if (alarms === undefined || alarms.topicArn !== undefined) return [];
  return [
    ...linesOf('service cloudwatch.amazonaws.com', ALARM_LINES),
    ...linesOf('everybody', CLEAR_TOPIC_LINES),
  ];
}

function gitHubPermissions({ name, github, network }: ResolvedConfig): readonly Permission[] {
  if (github === undefined) return [];
  return [
    ...linesOf(`What the registrar of ${name} may do`, [
      ...registrarLines(name, github.app),
      ...(network?.scaler ? interfaceLines(REGISTRAR) : []),
    ]),
    ...linesOf(`What the schedule of the registrar of ${name} may do`, SWEEP_LINES),
    ...(github.webhook
      ? [
          ...linesOf(`What the webhook of ${name} may do`, webhookLines(name)),
          ...linesOf('everybody', WEBHOOK_ADDRESS_LINES),
        ]
      : []),
  ];
}

/** How a machine joins the CI system. */
function joiningLines(fleet: ResolvedFleet): readonly Line[] {
  const { source, resourceClass } = fleet;
  if (source === 'github') return CALL_REGISTRAR_LINES;
  return tokenLines(fleet.token, {
    secret:
      source === 'gitlab'
        ? `runner token of the GitLab fleet ${resourceClass}`
        : `runner token of resource class ${resourceClass}`,
    why: 'The machine gives the runner its token, which is in no user data and on no command line.',
  });
}

function linesOf(role: string, lines: readonly Line[]): readonly Permission[] {
  return lines.map((line) => ({
    role,
    ...line,
    condition: inOrder((line.condition ?? '').split(' and ')),
  }));
}

function ruleSources({ name, wakeUps, github }: ResolvedConfig): string {
  const ended = `rule "Tells the runner-scaler ${name} how a runner ended"`;
  return [
    ended,
    ...(wakeUps
      ? [
          `rule "Wakes the runner-scaler ${name} when a machine shuts down"`,
          `rule "Wakes the runner-scaler ${name} when a runner's task has ended"`,
        ]
      : []),
    ...(github?.webhook === true
      ? [`rule "Tells the runner-scaler ${name} where jobs of GitHub may wait"`]
      : []),
  ].join(' or ');
}

function sendLines(config: ResolvedConfig): readonly Line[] {
  return [
    {
      action: 'sqs:SendMessage',
      resource: QUEUE,
      condition: `ArnEquals aws:SourceArn = ${ruleSources(config)}`,
      why: "The rules send the events of machines: a machine's last word becomes a line of the function's log and a metric, and the end of a task is a reason to read the queue for what waited for it.",
    },
  ];
}

function refusedLines(config: ResolvedConfig): readonly Line[] {
  return [
    {
      action: 'not sqs:*',
      resource: QUEUE,
      condition: 'Bool aws:SecureTransport = false',
      why: 'Nothing travels in the clear.',
    },
    {
      action: 'not sqs:SendMessage',
      resource: QUEUE,
      condition: `ArnNotEquals aws:PrincipalArn = role "What the scaler ${config.name} may do" and ArnNotEquals aws:SourceArn = ${ruleSources(config)}`,
      why: 'Only the rules and the function may send, even where others may send to every queue of the account.',
    },
  ];
}

function eventLine(source: string): Line {
  return {
    action: 'events:PutEvents',
    resource: 'arn:aws:events:REGION:ACCOUNT:event-bus/default',
    condition:
      'ForAllValues:StringEquals events:detail-type = Runner Ended or Runner Task Ended and ' +
      `ForAllValues:StringEquals events:source = ${source} and ` +
      'Null events:detail-type = false and Null events:source = false',
    why: 'A machine reports that its task has ended, for which other tasks may have waited, and how the machine itself ended. Only events of these two kinds, and only for its own class.',
  };
}

function machineLogLines({ name }: ResolvedConfig): readonly Line[] {
  const streams = `arn:aws:logs:REGION:ACCOUNT:log-group:/runner-scaler/${name}/machines:log-stream:i-*`;
  return [
    {
      action: 'logs:CreateLogStream',
      resource: streams,
      why: 'Only with `machineLogs`: a machine opens a stream that is named by its id. IAM has no variable for that id, so it could open a stream with another id.',
    },
    {
      action: 'logs:PutLogEvents',
      resource: streams,
      why: 'Only with `machineLogs`: just before it powers off, the machine sends the log of its boot and its agent. It can read no log.',
    },
  ];
}

function scalerLines(config: ResolvedConfig): readonly Line[] {
  const log = `log group /runner-scaler/${config.name}`;
  const ownGroups = {
    resource: groupArn('*'),
    condition: `StringEquals aws:ResourceTag/runner-scaler:name = ${config.name}`,
  };
  return [
    {
      action: 'logs:CreateLogStream',
      resource: log,
      why: "Lambda opens a stream in the function's own log for each of its environments.",
    },
    {
      action: 'logs:PutLogEvents',
      resource: log,
      why: 'Lambda writes what the function says, metrics included, to that log.',
    },
    {
      action: 'autoscaling:DescribeAutoScalingGroups',
      resource: '*',
      why: 'A pass finds its fleets by their tags, and reads their sizes and machines.',
    },
    {
      action: 'autoscaling:DescribeScalingActivities',
      resource: '*',
      why: "A group's record of its launches and terminations shows whether launching more is futile, and AWS's reason.",
    },
    {
      action: 'autoscaling:SetDesiredCapacity',
      ...ownGroups,
      why: "The scaler's one act. A group made by hand takes part if it has the tag, so the limit is the tag, not the name. The group's own minimum and maximum hold.",
    },
    {
      action: 'autoscaling:CreateOrUpdateTags',
      ...ownGroups,
      condition: `${ownGroups.condition} and ForAllValues:StringEquals aws:TagKeys = runner-scaler:hold-back or runner-scaler:last-used and Null aws:TagKeys = false`,
      why: 'Records with the group why and since when launches are held back, so that every container knows it, and the day on which the fleet last had a task. Only these two tags, not the one that says which scaler serves the group.',
    },
    {
      action: 'autoscaling:SuspendProcesses',
      ...ownGroups,
      why: 'Suspends AZRebalance, which would end machines with a job on them, and AlarmNotification, by which a scaling policy would set the capacity too. CloudFormation cannot, and no condition key distinguishes processes. Also suspends Launch while boots fail: a group itself replaces machines whose launch was abandoned.',
    },
    {
      action: 'autoscaling:ResumeProcesses',
      ...ownGroups,
      why: 'Lets a group launch again whose Launch was suspended while its boots failed.',
    },
    ...['DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage'].map((action) => ({
      action: `sqs:${action}`,
      resource: QUEUE,
      why: 'Lambda reads the events of machines for the function, and deletes those it has delivered.',
    })),
    {
      action: 'sqs:SendMessage',
      resource: QUEUE,
      why: 'The function sends itself messages for the passes between two of the schedule.',
    },
    ...(config.circleci
      ? tokenLines(config.circleci.apiToken, {
          secret: `CircleCI API token of runner-scaler ${config.name}`,
          why: 'The function reads the queue with it.',
        })
      : []),
    ...(config.github ? tokenLines(config.github.app, gitHubAppUse(config.name)) : []),
    ...(config.gitlab
      ? tokenLines(config.gitlab.apiToken, {
          secret: `GitLab API token of runner-scaler ${config.name}`,
          why: 'Only with `gitlab`: the function counts the jobs of GitLab with it.',
        })
      : []),
    ...(config.network?.scaler ? interfaceLines('the scaler function') : []),
  ];
}

const SCHEDULE_LINES: readonly Line[] = ['the scaler function', 'the scaler function:*'].map(
  (resource) => ({
    action: 'lambda:InvokeFunction',
    resource,
    why: resource.endsWith('*')
      ? "Part of the CDK's grant: versions of the function, of which there are none."
      : 'The schedule invokes the function each minute.',
  }),
);

function runnerLines(group: string): readonly Line[] {
  const ownGroup = groupArn(group);
  const session = 'Session Manager, which replaces a key pair and an open port: ';
  return [
    {
      action: 'autoscaling:CompleteLifecycleAction',
      resource: ownGroup,
      why: 'A machine that has booted reports it; until then the group does not count it as in service, and replaces it when it takes too long. IAM knows groups here, not single machines.',
    },
    {
      action: 'autoscaling:TerminateInstanceInAutoScalingGroup',
      resource: ownGroup,
      why: 'A machine whose job is done ends itself and lowers the desired capacity with it. IAM knows groups here, not single machines, so it could end others of its own class.',
    },
    {
      action: 'autoscaling:DetachInstances',
      resource: ownGroup,
      why: 'An operator who keeps a machine to examine it takes it out of its group, from the machine itself. IAM knows groups here, not single machines.',
    },
    {
      action: 'autoscaling:SetInstanceProtection',
      resource: ownGroup,
      why: 'A machine whose task has ended gives up its protection from scale-in, which shows the scaler that it takes no other task. IAM knows groups here, not single machines.',
    },
    {
      action: 'ssm:UpdateInstanceInformation',
      resource: '*',
      why: `${session}the agent reports that it is running.`,
      whyEverything:
        "AWS's page for exactly this asks for `*`; it names no smaller resource that works",
    },
    ...['CreateControlChannel', 'OpenControlChannel'].map((action) => ({
      action: `ssmmessages:${action}`,
      resource: '*',
      why: `${session}the agent learns that a session begins.`,
    })),
    ...['CreateDataChannel', 'OpenDataChannel'].map((action) => ({
      action: `ssmmessages:${action}`,
      resource: '*',
      why: `${session}what is typed and shown in a session.`,
    })),
  ];
}

function groupArn(group: string): string {
  return `arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:*:autoScalingGroupName/${group}`;
}
