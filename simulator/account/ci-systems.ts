/** The CI systems of a config on this machine, in front of the world, each with a credential that it takes. */
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { sourceSettings } from '../../config/source-settings.ts';
import type { ConfiguredSources, SourceName } from '../../lambda/scaler/contract.ts';
import { localCircleCi } from '../drive/local-circleci.ts';
import { localGitHub } from '../drive/local-github.ts';
import { localGitLab } from '../drive/local-gitlab.ts';
import type { World } from '../world/world.ts';

export interface CiSystems {
  /** What the secret of each source's credential holds. */
  readonly credentials: ReadonlyMap<SourceName, string>;
  /** Those of the config, with the addresses on this machine. */
  settings(secretOf: Parameters<typeof sourceSettings>[1]): ConfiguredSources;
  close(): Promise<void>;
}

/** Means nothing outside the simulation. */
const TOKEN = 'simulator-api-token';

export async function ciSystems(config: ResolvedConfig, world: World): Promise<CiSystems> {
  const onRequest = () => undefined;
  const resourceClasses = new Set(
    config.fleets
      .filter(({ source }) => source === 'circleci')
      .map(({ resourceClass }) => resourceClass),
  );
  const { scope } = config.gitlab ?? {};
  const [circleci, github, gitlab] = await Promise.all([
    config.circleci && localCircleCi({ world, resourceClasses, token: TOKEN, onRequest }),
    config.github && localGitHub({ world, onRequest }),
    scope && localGitLab({ world, scope, token: TOKEN, onRequest }),
  ]);
  const credentials = new Map<SourceName, string>();
  if (circleci) credentials.set('circleci', TOKEN);
  if (github) credentials.set('github', github.secret);
  if (gitlab) credentials.set('gitlab', TOKEN);
  return {
    credentials,
    settings(secretOf) {
      const declared = sourceSettings(config, secretOf);
      return {
        circleci: declared.circleci &&
          circleci && { ...declared.circleci, url: circleci.url, callsPerSecond: 0 },
        github: declared.github && github && { ...declared.github, ...github.settings },
        gitlab: declared.gitlab && gitlab && { ...declared.gitlab, ...gitlab.settings },
      };
    },
    close: async () => {
      await Promise.all([circleci?.close(), github?.close(), gitlab?.close()]);
    },
  };
}
