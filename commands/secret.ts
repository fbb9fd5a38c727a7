/** Which secrets a scaler has, and of which form each is. */
import { nearest } from '../config/nearest.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { bareToken, gitHubApp, type SecretKind } from '../lambda/scaler/composition.ts';
import {
  type ConfiguredSources,
  type Settings,
  type SourceName,
  SOURCES,
} from '../lambda/scaler/contract.ts';
import { UsageError } from '../cli/usage-error.ts';
import type { Deployment } from './aws/deployment.ts';
import { CommandError } from './chosen-groups.ts';
import { gitHubAppForm } from './github-app-form.ts';

export interface ScalerSecret {
  /** Name or ARN. */
  readonly id: string;
  /** In words. */
  readonly what: string;
  readonly kind: SecretKind<unknown>;
}

/** Of the CI systems, in words. */
export const NAMES: Readonly<Record<SourceName, string>> = {
  circleci: 'CircleCI',
  github: 'GitHub',
  gitlab: 'GitLab',
};

/** How the demand of a source is read. A source without an entry does not compile. */
const API_SECRETS: Readonly<Record<SourceName, ApiSecret>> = {
  circleci: {
    what: 'the API token of CircleCI',
    kind: bareToken,
    idIn: ({ circleci }) => circleci?.tokenSecret,
  },
  github: {
    what: 'the GitHub App',
    kind: gitHubApp,
    idIn: ({ github }) => github?.appSecret,
  },
  gitlab: {
    what: 'the API token of GitLab',
    kind: bareToken,
    idIn: ({ gitlab }) => gitlab?.tokenSecret,
  },
};

interface ApiSecret extends Pick<ScalerSecret, 'what' | 'kind'> {
  readonly idIn: (sources: ConfiguredSources) => string | undefined;
}

/** Of every source that the deployed scaler reads. */
export function apiSecrets({
  sources,
}: Pick<Settings, 'sources'>): readonly (ScalerSecret & { readonly source: SourceName })[] {
  return SOURCES.flatMap((source) => {
    const { what, kind, idIn } = API_SECRETS[source];
    const id = idIn(sources);
    return id === undefined ? [] : [{ source, id, what, kind }];
  });
}

/** @throws UsageError where it is not clear which is meant */
export function apiSecret(
  settings: Pick<Settings, 'sources'>,
  wanted: SourceName | undefined,
): ScalerSecret {
  const all = apiSecrets(settings);
  const fitting = all.filter(({ source }) => wanted === undefined || source === wanted);
  const [found, other] = fitting;
  const there = all.map(({ source }) => source).join(', ');
  if (found === undefined) {
    throw new UsageError(`--source is ${JSON.stringify(wanted)}; allowed here: ${there}`);
  }
  if (other !== undefined) {
    throw new UsageError(
      `the scaler reads several sources; allowed: --source with one of ${there}`,
    );
  }
  return found;
}

export interface Deployed {
  readonly config: Pick<ResolvedConfig, 'name' | 'fleets'>;
  readonly deployment: Pick<Deployment, 'resources'>;
}

/** @throws CommandError where there is no such class or no such secret */
export function runnerSecret(
  resourceClass: string,
  { config, deployment }: Deployed,
): ScalerSecret {
  const fleet = config.fleets.find((each) => each.resourceClass === resourceClass);
  if (fleet === undefined) {
    const classes = config.fleets.map((each) => each.resourceClass);
    const meant = nearest(resourceClass, classes);
    throw new CommandError(
      `the resource class ${resourceClass} is unknown` +
        (meant === undefined
          ? `; the config has: ${classes.join(', ')}`
          : `; did you mean ${meant}?`),
    );
  }
  if (fleet.source === 'github') {
    throw new CommandError(
      `the resource class ${resourceClass} has no secret: machines of GitHub register themselves with their role; the App's is filled with --source github`,
    );
  }
  const what = `the runner token of ${resourceClass}`;
  const own = fleet.token.existingSecretArn;
  if (own !== undefined) return { id: own, what, kind: bareToken };
  // The CDK makes the id of a resource of its path: Fleet-acme.linux/Token/Secret.
  const pattern = new RegExp(
    `^Fleet${resourceClass.replaceAll(/[^A-Za-z0-9]/g, '')}TokenSecret[0-9A-F]{8}$`,
  );
  const found = deployment.resources.filter(
    ({ type, logicalId }) => type === 'AWS::SecretsManager::Secret' && pattern.test(logicalId),
  );
  const [only, another] = found;
  if (only === undefined) {
    throw new CommandError(
      `the stack has no secret for ${what}; deploy the class with npx cdk deploy`,
    );
  }
  if (another !== undefined) {
    throw new CommandError(
      `several secrets of the stack may be ${what} (${found.map(({ physicalId }) => physicalId).join(', ')}), as classes differ in signs only; use the command that npx cdk deploy printed for it`,
    );
  }
  return { id: only.physicalId, what, kind: bareToken };
}

/**
 * What the secret is to hold, without white space around it.
 *
 * @param appId of a GitHub App, as it was given beside its key
 * @throws UsageError that says what is wrong with it, and never repeats it
 */
export function formOf({ what, kind }: ScalerSecret, text: string, appId?: string): string {
  const contents = text.trim();
  if (kind === gitHubApp) return gitHubAppForm(contents, appId);
  if (appId !== undefined) {
    throw new UsageError(`--app-id is given, but ${what} is meant; allowed: with the GitHub App`);
  }
  const parsed = kind.parse(contents);
  if (parsed.ok) return contents;
  throw new UsageError(`what was given for ${what} ${parsed.problem}; nothing was changed`);
}
