/** Every grant of a template: the identity policies of roles, and who may call functions or use queues. */
import type { CloudFormationResource, Resources } from '../lib/template.ts';
import type { PolicyStatement } from './evaluate.ts';
import { resolve, resolveText, type StandIn } from './resolve.ts';

export interface TemplateRole {
  /** Its description, or for a role that the CDK made `role for` and the service that takes it. */
  readonly role: string;
  /** Who may take the role, and under which conditions. */
  readonly trust: readonly string[];
  readonly managedPolicies: readonly string[];
  readonly statements: readonly PolicyStatement[];
}

/**
 * Several conditions in one text, in an order of their own: in which order a template has them says
 * nothing.
 */
export function inOrder(conditions: readonly string[]): string {
  return conditions.toSorted().join(' and ');
}

/** One action on one resource: what a line of the table in permissions.ts is compared with. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  /** `operator key = value`, several joined by `and`; '' without. */
  readonly condition: string;
}

/** The types that grant something and are read here; any other type like them is an error. */
const READ = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::InstanceProfile'];
const CALL = 'AWS::Lambda::Permission';
const RESOURCE_POLICIES = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'];

/** @throws Error for a resource that may grant something and is not understood */
export function rolesOf(resources: Resources, standIn: StandIn): readonly TemplateRole[] {
  refuseUnknown(resources);
  return ofType(resources, 'AWS::IAM::Role').map(([id, { Properties }]) => {
    const trust = statementsOf(Properties['AssumeRolePolicyDocument'], standIn);
    const services = trust.map(({ Principal }) => String(Object.values(Principal ?? {})[0]));
    return {
      role: resolveText(Properties['Description'] ?? `role for ${services.join(', ')}`, standIn),
      trust: trust.map((statement, index) =>
        [services[index], conditionText(statement)].filter(Boolean).join(' if '),
      ),
      managedPolicies: list(resolve(Properties['ManagedPolicyArns'] ?? [], standIn)).map(String),
      statements: ofType(resources, 'AWS::IAM::Policy')
        .filter(([, policy]) => JSON.stringify(policy.Properties['Roles']).includes(`"${id}"`))
        .flatMap(([, policy]) => statementsOf(policy.Properties['PolicyDocument'], standIn)),
    };
  });
}

export function grantsOf(resources: Resources, standIn: StandIn): readonly Grant[] {
  const byRoles = rolesOf(resources, standIn).flatMap(({ role, statements, managedPolicies }) => [
    ...managedPolicies.map((policy) => ({
      role,
      action: `everything in ${policy}`,
      resource: '*',
      condition: '',
    })),
    ...statements.flatMap((statement) =>
      list(statement.Action).flatMap((action) =>
        list(statement.Resource).map((resource) => ({
          role,
          action: statement.Effect === 'Allow' ? action : `not ${action}`,
          resource,
          condition: conditionText(statement),
        })),
      ),
    ),
  ]);
  const byFunctions = ofType(resources, CALL).map(([, { Properties }]) => {
    const { FunctionName, Action, Principal, ...conditions } = Properties;
    return {
      role: Principal === '*' ? 'everybody' : `service ${String(Principal)}`,
      action: String(Action),
      resource: resolveText(FunctionName, standIn),
      condition: inOrder(
        Object.entries(conditions).map(([key, value]) => `${key} = ${resolveText(value, standIn)}`),
      ),
    };
  });
  const ofResources = RESOURCE_POLICIES.flatMap((type) => ofType(resources, type));
  const byResources = ofResources.flatMap(([, { Properties }]) =>
    statementsOf(Properties['PolicyDocument'], standIn).flatMap((statement) =>
      list(statement.Action).map((action) => ({
        role: principalOf(statement),
        action: statement.Effect === 'Allow' ? action : `not ${action}`,
        resource: list(statement.Resource).join(', '),
        condition: conditionText(statement),
      })),
    ),
  );
  return [...byRoles, ...byFunctions, ...byResources];
}

function principalOf({ Principal = {} }: ReadStatement): string {
  return Object.entries(Principal)
    .map(([kind, who]) =>
      who === '*' ? 'everybody' : `${kind.toLowerCase()} ${list(who).join(', ')}`,
    )
    .join(', ');
}

interface ReadStatement extends PolicyStatement {
  readonly Principal?: Readonly<Record<string, unknown>>;
}

const STATEMENT_KEYS = ['Sid', 'Effect', 'Action', 'Resource', 'Condition', 'Principal'];

function statementsOf(document: unknown, standIn: StandIn): readonly ReadStatement[] {
  const { Statement } = resolve(document, standIn) as unknown as {
    readonly Statement: readonly ReadStatement[];
  };
  for (const statement of Statement) {
    const unknown = Object.keys(statement).filter((key) => !STATEMENT_KEYS.includes(key));
    if (unknown.length > 0) {
      throw new Error(
        `statement has ${unknown.join(', ')}; known: ${STATEMENT_KEYS.join(', ')}; ` +
          'say what is allowed instead of what is not',
      );
    }
  }
  return Statement;
}

function conditionText({ Condition = {} }: PolicyStatement): string {
  return inOrder(
    Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(
        ([key, values]) => `${operator} ${key} = ${list(values).join(' or ')}`,
      ),
    ),
  );
}

function refuseUnknown(resources: Resources): void {
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    const inlined = Type === 'AWS::IAM::Role' && 'Policies' in Properties;
    const grants = /::IAM::|Policy|Permission/.test(Type) || 'PolicyDocument' in Properties;
    if (inlined || (grants && ![...READ, CALL, ...RESOURCE_POLICIES].includes(Type))) {
      throw new Error(
        `${id} of type ${Type} may grant something and is not reviewed; ` +
          `known: ${[...READ, CALL, ...RESOURCE_POLICIES].join(', ')} without inline policies; add it to permissions/template-roles.ts`,
      );
    }
  }
}

function ofType(
  resources: Resources,
  type: string,
): readonly (readonly [string, CloudFormationResource])[] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
