/**
 * The demand of all of an installation, by an administrator's token: one request for up to 20 classes, in which GitLab
 * itself matches the jobs with the runners. A job that several runners can take is counted for each.
 *
 * GitLab need not read both counts at one moment: a job that is claimed between them may be in both until the next pass,
 * which starts at most one machine too many; it ends when it has been idle for too long.
 *
 * Each answer proves the token's rights: without them GitLab shows an empty list, which would read as no demand.
 */
import type { DemandReader } from '../source.ts';
import { askingGitLab, type GitLabPorts } from './asking.ts';
import { perPass } from './per-pass.ts';
import { runnersReader } from './runners.ts';

export function instance(ports: GitLabPorts, url: string): DemandReader {
  const read = runnersReader(askingGitLab(ports), {
    url,
    asked: 'running-and-pending',
    onNotice: ports.onNotice,
  });
  const runners = perPass(read);
  return {
    announce: (queues, budget) => runners.announce(queues, budget),
    async currentDemand(queue, budget) {
      const { running, pending = 0, paused } = await runners.of(queue, budget);
      // A paused runner takes no job, so none waits for it.
      return { running, unclaimed: paused ? 0 : pending };
    },
  };
}
