/**
 * AWS Secrets Manager as far as a scaler uses it: `GetSecretValue`, and `PutSecretValue` to fill one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
import { isObject, parseObject } from '../../lambda/scaler/contract.ts';
import type { Request, Response } from './server.ts';

const PREFIX = 'secretsmanager.';

/** Secrets by id. An empty map entry is a secret that exists and holds no value yet. */
export type Secrets = Map<string, string | undefined>;

export function isSecretsManager({ headers }: Request): boolean {
  return String(headers['x-amz-target']).startsWith(PREFIX);
}

export function secretsManagerEmulator(secrets: Secrets) {
  return ({ headers, body }: Request): Response => {
    const action = String(headers['x-amz-target']).slice(PREFIX.length);
    const input = parseObject(body);
    if (!isObject(input)) return refusal('SerializationException', 'the body is not JSON');
    const asked = input['SecretId'];
    if (typeof asked !== 'string' || asked === '') {
      return refusal('InvalidParameterException', 'SecretId must be a string');
    }
    const id = [...secrets.keys()].find((known) => means(asked, known)) ?? asked;
    switch (action) {
      case 'GetSecretValue':
        return getSecretValue(id);
      case 'PutSecretValue': {
        if (!secrets.has(id)) return notFound();
        const value = input['SecretString'];
        if (typeof value !== 'string') {
          return refusal('InvalidRequestException', 'You must provide SecretString');
        }
        secrets.set(id, value);
        return answer({ ...names(id), VersionStages: ['AWSCURRENT'] });
      }
      default:
        return refusal('UnknownOperationException', `${action} is not emulated`);
    }
  };

  function getSecretValue(id: string): Response {
    if (!secrets.has(id)) return notFound();
    const value = secrets.get(id);
    return value === undefined
      ? refusal(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        )
      : answer({ ...names(id), SecretString: value, VersionStages: ['AWSCURRENT'] });
  }
}

/**
 * A secret goes by its name and by its ARN, with or without the hyphen and the six characters at the end.
 * An ARN that ends in such is taken for a whole one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
function means(asked: string, known: string): boolean {
  const { ARN, Name } = names(known);
  const isPart = nameInArn(asked) === undefined && asked === ARN.slice(0, -ARN_SUFFIX.length);
  return asked === known || asked === Name || asked === ARN || isPart;
}

function names(id: string) {
  const name = nameInArn(id);
  return {
    ARN: name === undefined ? `${ARN_PREFIX}${id}${ARN_SUFFIX}` : id,
    Name: name ?? id,
    VersionId: '00000000-0000-4000-8000-000000000001',
  };
}

const ARN_PREFIX = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:';

/** Secrets Manager ends each ARN in a hyphen and six random characters. */
const ARN_SUFFIX = '-AbCdEf';

function nameInArn(arn: string): string | undefined {
  return /^arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/.exec(arn)?.[1];
}

function notFound(): Response {
  return refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

function answer(body: object): Response {
  return { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}

function refusal(code: string, message: string): Response {
  return {
    status: 400,
    type: 'application/x-amz-json-1.1',
    headers: { 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, Message: message }),
  };
}
