/** AWS's JSON protocol: the action in a header, JSON both ways. */
import { parseObject } from '../../lambda/scaler/contract.ts';
import type { Request, Response } from './server.ts';

export type JsonInput = Readonly<Record<string, unknown>>;

/** Thrown by an action where AWS would refuse. */
export class JsonRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type JsonAction = (input: JsonInput) => object;

/** Answers the actions of a service; undefined for what is no request to it. */
export function jsonService(prefix: string, actions: Readonly<Record<string, JsonAction>>) {
  return ({ headers, body }: Request): Response | undefined => {
    const target = String(headers['x-amz-target']);
    if (!target.startsWith(`${prefix}.`)) return undefined;
    const name = target.slice(prefix.length + 1);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      return jsonRefusal('UnknownOperationException', `${name} is not emulated`);
    }
    try {
      return jsonAnswer(200, action(parseObject(body) ?? {}));
    } catch (error) {
      if (error instanceof JsonRefusal) return jsonRefusal(error.code, error.message);
      throw error;
    }
  };
}

export function jsonAnswer(status: number, body: object): Response {
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}

export function jsonRefusal(code: string, message: string, status = 400): Response {
  return {
    ...jsonAnswer(status, { __type: code, message }),
    headers: { 'x-amzn-errortype': code },
  };
}
