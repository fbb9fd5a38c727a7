import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';

/**
 * ARN pattern of an Auto Scaling group by its name, or of every group with `*`. The id in the middle
 * of the ARN exists only once the group does.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
 */
export function groupArn(stack: Stack, group: string): string {
  return Arn.format(
    {
      service: 'autoscaling',
      resource: 'autoScalingGroup',
      resourceName: `*:autoScalingGroupName/${group}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    stack,
  );
}
