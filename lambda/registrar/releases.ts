/** Which version of the runner a machine installs, and where it is. */
import type { Budget, Clock } from '../scaler/clock.ts';
import type { Architecture, GitHubRunner } from '../scaler/contract/github-functions.ts';
import { isObject } from '../scaler/contract/json.ts';
import type { Reading } from '../scaler/demand/asking.ts';
import type { Place } from './place.ts';
import { Refusal } from './refusal.ts';

export interface Release {
  readonly version: string;
  readonly url: string;
  /** In hexadecimal. */
  readonly sha256: string;
}

export type ReleaseFor = (
  place: Place,
  architecture: Architecture,
  budget: Budget,
) => Promise<Release>;

/** GitHub releases a runner every few weeks, and serves the one before it for 30 days. */
const KEPT_MS = 3_600_000;

type Offered = Readonly<Record<Architecture, Release | undefined>>;

interface Known {
  readonly at: number;
  readonly offered: Offered;
}

export function releases(pinned: GitHubRunner, clock: Pick<Clock, 'now'>): ReleaseFor {
  const places = new Map<string, Known>();

  const offeredAt = async (place: Place, budget: Budget): Promise<Offered> => {
    const known = places.get(place.at);
    const at = clock.now();
    if (known !== undefined && at - known.at < KEPT_MS) return known.offered;
    try {
      const offered = await offeredIn(place, budget);
      places.set(place.at, { at, offered });
      return offered;
    } catch (error) {
      // One that is some hours old is as good.
      if (known !== undefined) return known.offered;
      throw error;
    }
  };

  return async (place, architecture, budget) => {
    const { version, sha256 } = pinned;
    const checksum = sha256?.[architecture];
    if (version !== undefined && checksum !== undefined) {
      return { version, url: publicUrl(version, architecture), sha256: checksum };
    }
    const offered = (await offeredAt(place, budget))[architecture];
    if (version === undefined) {
      if (offered !== undefined) return offered;
      throw Refusal.final(
        422,
        `GitHub offers no runner for linux ${architecture} with a checksum; give agent.version and agent.sha256 in the config`,
      );
    }
    if (offered?.version === version) return offered;
    throw Refusal.final(
      422,
      `GitHub gives no checksum of the runner ${version} for ${architecture}, only of ${offered?.version ?? 'none'}; ` +
        'give agent.sha256 in the config, or leave out agent.version',
    );
  };
}

/** @see https://docs.github.com/en/rest/actions/self-hosted-runners#list-runner-applications-for-an-organization */
async function offeredIn(place: Place, budget: Budget): Promise<Offered> {
  return place.ask(
    {
      address: `${place.runners}/downloads`,
      route: '/actions/runners/downloads',
      order: 'new',
      // It may hold tokens for the download.
      isSecret: true,
      read({ text }): Reading<Offered> {
        const list = listIn(text);
        if (list === undefined) return { ok: false, problem: 'without a list of runners' };
        const items = list.filter(isObject).filter(({ os }) => os === 'linux');
        const of = (architecture: Architecture) =>
          items.filter((item) => item['architecture'] === architecture).map(releaseOf)[0];
        return { ok: true, value: { x64: of('x64'), arm64: of('arm64') } };
      },
    },
    budget,
  );
}

function releaseOf(item: Readonly<Record<string, unknown>>): Release | undefined {
  const { download_url: url, filename, sha256_checksum: sha256 } = item;
  if (typeof url !== 'string' || !/^https?:\/\/\S+$/.test(url)) return undefined;
  if (typeof sha256 !== 'string' || !/^[0-9a-fA-F]{64}$/.test(sha256)) return undefined;
  const version = /-(\d+\.\d+\.\d+)\.tar\.gz$/.exec(String(filename))?.[1];
  return version === undefined ? undefined : { version, url, sha256: sha256.toLowerCase() };
}

function listIn(text: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

function publicUrl(version: string, architecture: Architecture): string {
  return (
    `https://github.com/actions/runner/releases/download/v${version}/` +
    `actions-runner-linux-${architecture}-${version}.tar.gz`
  );
}
