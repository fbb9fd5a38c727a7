/** Whether a delivery may change the demand of a fleet. */
import { type GitHubScope, isGitHubRepository } from '../scaler/contract/github.ts';
import { isObject, parseObject } from '../scaler/contract/json.ts';

export type Judged =
  /** Jobs of the repository, as `owner/name`, have changed. */
  | { readonly kind: 'changed'; readonly where: string }
  /** `why` is for the person who looks at the deliveries in GitHub. */
  | { readonly kind: 'ignored'; readonly why: string };

/**
 * A job that begins on a runner was waiting before and runs now, which is the same demand; one that waits for an
 * approval is no demand. What the status says is of no account: a `queued` delivery may say `waiting`.
 */
const CHANGING = new Set(['queued', 'completed']);

/**
 * Labels of the runners that GitHub hosts, which no fleet has for its only ones. The function knows no fleets: their
 * labels may be more than fits its settings, and would have to be deployed with each change. Jobs for other
 * people's runners thus lead to a pass that finds nothing.
 *
 * @see https://docs.github.com/en/actions/reference/runners/github-hosted-runners
 */
const HOSTED = /^(?:ubuntu|windows|macos)-/i;

/** @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export function judge(payload: string, scope: GitHubScope): Judged {
  const { action, workflow_job: job, repository } = parseObject(payload) ?? {};
  if (!isObject(job) || !isObject(repository)) return ignored('it is about no job');
  if (typeof action !== 'string' || !CHANGING.has(action)) {
    return ignored('its action does not change how many runners are needed');
  }
  const where = repository['full_name'];
  if (typeof where !== 'string' || !isGitHubRepository(where)) {
    return ignored('it names no repository');
  }
  if (!isInScope(where, scope)) return ignored('the repository is not one of those in the config');
  const labels = Array.isArray(job['labels']) ? (job['labels'] as readonly unknown[]) : [];
  const isOurs = labels.some((label) => typeof label === 'string' && !HOSTED.test(label));
  return isOurs ? { kind: 'changed', where } : ignored('the job asks for no self-hosted runner');
}

function isInScope(repository: string, scope: GitHubScope): boolean {
  const wanted = repository.toLowerCase();
  const isSame = (name: string) => name.toLowerCase() === wanted;
  if (scope.kind === 'repositories') return scope.repositories.some(isSame);
  return scope.owners.some((owner) => wanted.startsWith(`${owner.toLowerCase()}/`));
}

function ignored(why: string): Judged {
  return { kind: 'ignored', why };
}
