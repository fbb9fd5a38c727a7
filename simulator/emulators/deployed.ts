/**
 * What a deployment left in the account, as far as a command asks for it: who calls (STS), the stack (CloudFormation),
 * the function's configuration (Lambda) and its schedule (EventBridge Scheduler).
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
 */
import { queryAnswer, queryError } from './aws-query.ts';
import { jsonAnswer, jsonRefusal } from './json-service.ts';
import type { Request, Response } from './server.ts';

export interface Deployed {
  readonly account: string;
  /** Undefined while no stack is deployed. */
  readonly stack: DeployedStack | undefined;
  readonly functions: ReadonlyMap<string, DeployedFunction>;
  /** By name; the state is AWS's word. */
  readonly schedules: ReadonlyMap<string, 'ENABLED' | 'DISABLED'>;
  /** Of every schedule. Default: each minute. */
  readonly scheduleExpression?: string;
}

export interface DeployedStack {
  readonly name: string;
  readonly status: string;
  readonly resources: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly physicalId: string;
  }[];
  /** As CloudFormation keeps it, in JSON. */
  readonly template: () => string;
}

export interface DeployedFunction {
  readonly environment: Readonly<Record<string, string>>;
  /** AWS's word. Default: Active. */
  readonly state?: string;
}

/** Reads what is deployed at each request; undefined for what is no request about it. */
export function deployedEmulator(read: () => Deployed) {
  return ({ path, body }: Request): Response | undefined => {
    const deployed = read();
    const [, functionName] = /^\/2015-03-31\/functions\/([^/]+)\/configuration$/.exec(path) ?? [];
    if (functionName !== undefined)
      return functionAnswer(deployed, decodeURIComponent(functionName));
    const [, schedule] = /^\/schedules\/([^/]+)$/.exec(path) ?? [];
    if (schedule !== undefined) return scheduleAnswer(deployed, decodeURIComponent(schedule));
    const form = new URLSearchParams(body);
    switch (form.get('Action') ?? '') {
      case 'GetCallerIdentity':
        return queryAnswer('GetCallerIdentity', {
          Arn: `arn:aws:iam::${deployed.account}:user/simulated`,
          UserId: 'AIDASIMULATED',
          Account: deployed.account,
        });
      case 'DescribeStacks':
        return withStack(deployed, form, (stack) =>
          queryAnswer('DescribeStacks', {
            Stacks: [
              {
                StackName: stack.name,
                StackId: `arn:aws:cloudformation:us-east-1:${deployed.account}:stack/${stack.name}/1`,
                CreationTime: '2026-01-01T00:00:00Z',
                StackStatus: stack.status,
              },
            ],
          }),
        );
      case 'ListStackResources':
        return withStack(deployed, form, (stack) => resourcePage(stack, form));
      case 'GetTemplate':
        return withStack(deployed, form, ({ template }) =>
          queryAnswer('GetTemplate', { TemplateBody: template() }),
        );
      default:
        return undefined;
    }
  };
}

const PAGE = 3;

/** In small pages, of which the first is empty, as AWS may give them. */
function resourcePage({ resources }: DeployedStack, form: URLSearchParams): Response {
  const at = Number(form.get('NextToken') ?? -PAGE);
  const end = at + PAGE;
  return queryAnswer('ListStackResources', {
    StackResourceSummaries: resources
      .slice(Math.max(at, 0), Math.max(end, 0))
      .map(({ logicalId, type, physicalId }) => ({
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceType: type,
        ResourceStatus: 'CREATE_COMPLETE',
        LastUpdatedTimestamp: '2026-01-01T00:00:00Z',
      })),
    NextToken: end < resources.length ? String(end) : undefined,
  });
}

function withStack(
  { stack }: Deployed,
  form: URLSearchParams,
  answer: (stack: DeployedStack) => Response,
): Response {
  const name = form.get('StackName') ?? '';
  if (stack !== undefined && stack.name === name) return answer(stack);
  return queryError(400, 'ValidationError', `Stack with id ${name} does not exist`);
}

function functionAnswer({ account, functions }: Deployed, name: string): Response {
  const found = functions.get(name);
  const arn = `arn:aws:lambda:us-east-1:${account}:function:${name}`;
  if (found === undefined) {
    return jsonRefusal('ResourceNotFoundException', `Function not found: ${arn}`, 404);
  }
  const { environment, state = 'Active' } = found;
  return jsonAnswer(200, {
    FunctionName: name,
    FunctionArn: arn,
    State: state,
    LastUpdateStatus: 'Successful',
    Environment: { Variables: environment },
  });
}

function scheduleAnswer(
  { account, schedules, scheduleExpression = 'rate(1 minute)' }: Deployed,
  name: string,
): Response {
  const state = schedules.get(name);
  if (state === undefined) {
    return jsonRefusal('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  }
  const Arn = `arn:aws:scheduler:us-east-1:${account}:schedule/default/${name}`;
  return jsonAnswer(200, { Name: name, Arn, State: state, ScheduleExpression: scheduleExpression });
}
