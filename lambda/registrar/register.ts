/** What a machine is given for its boot, and what becomes of its runner when it leaves. */
import type { Budget } from '../scaler/clock.ts';
import { type Architecture } from '../scaler/contract/github-functions.ts';
import { gitHubRunnerName } from '../scaler/contract/github.ts';
import type { Groups } from './groups.ts';
import type { Machine } from './machine.ts';
import type { Place } from './place.ts';
import { Refusal } from './refusal.ts';
import type { Release, ReleaseFor } from './releases.ts';
import { mint, type NewRunner, remove, runnerNamed } from './runners.ts';

export interface Registration {
  readonly name: string;
  /** Of use once. */
  readonly jitConfig: string;
  /** The version to install. */
  readonly runner: Release;
}

export interface GitHubPorts {
  readonly placeOf: (at: string) => Place;
  readonly groups: Groups;
  readonly releaseFor: ReleaseFor;
}

/** GitHub may still show a runner that was deleted a moment ago. */
const SETTLED_MS = 5_000;

/**
 * While the machine boots, another call is legitimate: the answer to the first may have been lost, and no job
 * has run on it yet. The runner that then exists is deleted, unless it has ever been connected.
 */
export async function register(
  ports: GitHubPorts,
  { machine, architecture }: { readonly machine: Machine; readonly architecture: Architecture },
  budget: Budget,
): Promise<Registration> {
  const { demand, instanceId, state } = machine;
  if (!state.startsWith('Pending')) {
    throw Refusal.final(409, `${instanceId} is ${state}, and a runner is only for one that boots`);
  }
  const place = ports.placeOf(demand.at);
  // Before the runner is made: one that nobody fetches would stay.
  const runner = await ports.releaseFor(place, architecture, budget);
  const wanted: NewRunner = {
    name: gitHubRunnerName(demand.prefix, instanceId),
    labels: labelsOf(demand.labels, architecture),
    group: await ports.groups.idOf(place, demand.group, budget),
  };
  let minted = await mint(place, wanted, budget);
  if (minted.kind === 'exists') {
    await makeWay(place, wanted.name, budget);
    minted = await mint(place, wanted, budget);
  }
  if (minted.kind === 'minted') {
    return { name: wanted.name, jitConfig: minted.jitConfig, runner };
  }
  if (minted.kind === 'exists') throw stillThere(wanted.name);
  ports.groups.forget(place, demand.group);
  throw Refusal.final(
    422,
    `GitHub refused the runner with the labels ${wanted.labels.join(', ')}: ${minted.why}`,
  );
}

/** `busy`: it has a job, or is about to. `removed`: no job can reach it any more. */
export async function retire(
  { placeOf }: Pick<GitHubPorts, 'placeOf'>,
  { demand, instanceId }: Machine,
  budget: Budget,
): Promise<'removed' | 'busy'> {
  const place = placeOf(demand.at);
  const runner = await runnerNamed(place, gitHubRunnerName(demand.prefix, instanceId), budget);
  if (runner === undefined) return 'removed';
  // GitHub has deleted busy runners, though it says that it refuses to.
  return runner.isBusy ? 'busy' : remove(place, runner.id, budget);
}

async function makeWay(place: Place, name: string, budget: Budget): Promise<void> {
  const runner = await runnerNamed(place, name, budget);
  if (runner === undefined) throw stillThere(name);
  const isUsed =
    runner.isOnline || runner.isBusy || (await remove(place, runner.id, budget)) === 'busy';
  if (isUsed) {
    throw Refusal.final(409, `the runner ${name} exists and is in use, so no other is made`);
  }
}

function stillThere(name: string): Refusal {
  return Refusal.passing(503, `GitHub still has a runner ${name} that was deleted`, SETTLED_MS);
}

/** A just-in-time runner has no labels but those that it is made with. */
function labelsOf(own: readonly string[], architecture: Architecture): readonly string[] {
  const labels = new Map<string, string>();
  for (const label of [...own, 'self-hosted', 'linux', architecture]) {
    const key = label.toLowerCase();
    labels.set(key, labels.get(key) ?? label);
  }
  return [...labels.values()];
}
