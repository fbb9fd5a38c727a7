/**
 * Names that several parts of a fleet must know before the others exist. They are fixed here, so the
 * user data, the lifecycle hook and the instance role's policy can name the group without a cycle.
 */

/**
 * Name of a fleet's Auto Scaling group. Characters of a resource class that ARNs and shells would
 * mind become hyphens, so two classes can come to one name; the validation refuses that.
 */
export function groupName(scaler: string, resourceClass: string): string {
  return `${scaler}-${resourceClass}`.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}

/** Longest name that Auto Scaling takes for a group. */
export const GROUP_NAME_LIMIT = 255;

/** Name of the launch lifecycle hook, which the boot script completes. */
export const LAUNCH_HOOK = 'runner-ready';
