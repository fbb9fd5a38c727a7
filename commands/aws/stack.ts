/** The stack of a scaler, as CloudFormation has it. */
import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { asking, AwsError } from './refusal.ts';

/** @returns undefined where there is no such stack */
export async function describedStack(
  client: CloudFormationClient,
  name: string,
): Promise<Stack | undefined> {
  try {
    const { Stacks = [] } = await asking('cloudformation:DescribeStacks', async () =>
      client.send(new DescribeStacksCommand({ StackName: name })),
    );
    return Stacks[0];
  } catch (error) {
    if (error instanceof AwsError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

export interface StackResource {
  /** As the template calls it, such as `ScalerApiTokenSecret1A2B3C4D`. */
  readonly logicalId: string;
  readonly type: string;
  /** As AWS calls it: a name, an id or an ARN. */
  readonly physicalId: string;
}

export async function stackResources(
  client: CloudFormationClient,
  name: string,
): Promise<readonly StackResource[]> {
  return asking('cloudformation:ListStackResources', async () => {
    const found: StackResource[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName: name })) {
      for (const resource of page.StackResourceSummaries ?? []) {
        found.push({
          logicalId: resource.LogicalResourceId ?? '',
          type: resource.ResourceType ?? '',
          physicalId: resource.PhysicalResourceId ?? '',
        });
      }
    }
    return found;
  });
}

/** The template as it was sent at the last deployment that succeeded. */
export async function stackTemplate(client: CloudFormationClient, name: string): Promise<string> {
  const { TemplateBody = '' } = await asking('cloudformation:GetTemplate', async () =>
    client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' })),
  );
  return TemplateBody;
}
