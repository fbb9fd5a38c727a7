/** One request of a machine: who it is, what it may have, and the answer. */
import { type Budget, budgetOf, type Clock } from '../scaler/clock.ts';
import { errorFacts } from '../scaler/contract/error-facts.ts';
import { isObject } from '../scaler/contract/json.ts';
import { type DemandFailure, DemandSourceError } from '../scaler/demand/source.ts';
import { type Caller, callerOf } from './caller.ts';
import type { Machine, MachineOf } from './machine.ts';
import { type FinalStatus, type PassingStatus, Refusal } from './refusal.ts';
import { type GitHubPorts, register, retire } from './register.ts';
import { decodeRequest, type MachineRequest } from './request.ts';

export interface RegistrarPorts {
  readonly machineOf: MachineOf;
  readonly gitHub: GitHubPorts;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Takes one line of the log. It never holds a secret. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

export interface Invocation {
  /** The account of this function. */
  readonly account: string;
  readonly remainingMs: number;
}

/** As a function's URL takes it. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Registrar = (event: unknown, invocation: Invocation) => Promise<Answer>;

/** A machine gives up its call some seconds later, and must not be served after that. */
const MOST_MS = { register: 20_000, retire: 8_000 };

/** Kept back of the function's time limit. */
const RESERVE_MS = 1_000;

/** Within so much more than the wait itself, machines that were refused together come again. */
const SPREAD_MS = { throttled: 20_000, failing: 10_000 };

/** The wait where nobody names one. */
const PAUSE_MS = 2_000;

export function registrar({ machineOf, gitHub, clock, random, log }: RegistrarPorts): Registrar {
  /** When GitHub may be asked again, in milliseconds since the epoch. */
  let notBefore = Number.NEGATIVE_INFINITY;

  const serve = async (request: MachineRequest, machine: Machine, budget: Budget) => {
    if (request.kind === 'retire') return { outcome: await retire(gitHub, machine, budget) };
    return register(gitHub, { machine, architecture: request.architecture }, budget);
  };

  /** Before AWS is asked, too: a swarm that waits for GitHub must not use up what AWS takes. */
  const refuseWhileThrottled = () => {
    const waitMs = notBefore - clock.now();
    if (waitMs > 0) {
      throw Refusal.passing(429, 'GitHub said that it is not to be asked yet', waitMs);
    }
  };

  const refusalOf = (error: unknown): Refusal => {
    if (error instanceof Refusal) return error;
    if (!(error instanceof DemandSourceError)) {
      return Refusal.passing(503, `the registrar failed: ${errorFacts(error).message}`);
    }
    const { kind, message, retryAt = clock.now() } = error;
    if (kind === 'throttled') notBefore = Math.max(notBefore, retryAt);
    const passing = PASSING[kind];
    return passing === undefined
      ? Refusal.final(FINAL, message)
      : Refusal.passing(passing, message, retryAt - clock.now());
  };

  const answerTo = ({ status, message, retryAfterMs }: Refusal): Answer => {
    if (retryAfterMs === undefined) return answer(status, { message });
    const spread = status === 429 ? SPREAD_MS.throttled : SPREAD_MS.failing;
    const waitMs = Math.max(retryAfterMs, PAUSE_MS) + random() * spread;
    return answer(status, { message }, { 'retry-after': String(Math.ceil(waitMs / 1000)) });
  };

  return async (event, { account, remainingMs }) => {
    const beganAt = clock.now();
    let caller: Caller | undefined;
    let asked: MachineRequest['kind'] | undefined;
    try {
      const given = isObject(event) ? event : {};
      caller = callerOf(given['requestContext'], account);
      const request = decodeRequest(given);
      asked = request.kind;
      refuseWhileThrottled();
      const budget = budgetOf(clock, Math.min(remainingMs - RESERVE_MS, MOST_MS[asked]));
      const machine = await machineOf(caller, budget);
      const served = await serve(request, machine, budget);
      log({
        level: 'INFO',
        message: 'outcome' in served ? served.outcome : 'registered',
        instance: caller.instanceId,
        role: caller.role,
        group: machine.group,
        ...('runner' in served && { runner: served.name, version: served.runner.version }),
        ms: clock.now() - beganAt,
      });
      return answer(200, served);
    } catch (error) {
      const refusal = refusalOf(error);
      log({
        level: 'WARN',
        message: 'refused',
        asked,
        instance: caller?.instanceId,
        role: caller?.role,
        status: refusal.status,
        reason: refusal.message,
        ms: clock.now() - beganAt,
      });
      return answerTo(refusal);
    }
  };
}

function answer(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** What passes by itself, or by what a person does in a moment. */
const PASSING: Partial<Record<DemandFailure, PassingStatus>> = {
  throttled: 429,
  unavailable: 503,
  timeout: 504,
  'invalid-answer': 502,
  'no-token': 503,
};

/** What GitHub refuses, and will refuse again. */
const FINAL: FinalStatus = 422;
