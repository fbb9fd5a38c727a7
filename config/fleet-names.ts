/**
 * Names that several parts of a stack need before the things that have them exist: the user data, the
 * lifecycle hook and the instance role's policy all name the group.
 */

/**
 * Name of a fleet's Auto Scaling group: `ci.acme.linux` for the class `acme/linux` of the scaler `ci`.
 * Different scalers and classes of CircleCI have different names: a dot is in no name of a scaler and in no such class, so
 * it separates the parts and begins the escapes. GitLab's classes may have dots; two that would have one name
 * are refused, see `sameNames`. What is left needs no quoting in a shell, a URL, an ARN
 * or a policy; a group's name may not have a colon.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
 */
export function groupName(scaler: string, resourceClass: string): string {
  return `${scaler}.${resourceClass.replaceAll(/[/:+]/g, (sign) => ESCAPES.get(sign) ?? sign)}`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['/', '.'],
  [':', '..'],
  ['+', '.-'],
]);

/** Longest name that Auto Scaling takes for a group. */
export const GROUP_NAME_LIMIT = 255;

/** Name of the launch lifecycle hook, which the boot script completes. */
export const LAUNCH_HOOK = 'runner-ready';

/** Name of the log group of a scaler's function. */
export function scalerLogGroup(scaler: string): string {
  return `/runner-scaler/${scaler}`;
}

/** Name of the one log group of a scaler's machines. */
export function machineLogGroup(scaler: string): string {
  return `/runner-scaler/${scaler}/machines`;
}
