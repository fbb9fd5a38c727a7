/** One delivery: who signed it, what it changes, and who is told. */
import { type Budget, budgetOf, type Clock } from '../scaler/clock.ts';
import { errorFacts } from '../scaler/contract/error-facts.ts';
import { type DemandChange, placeOf } from '../scaler/contract/events.ts';
import type { GitHubScope } from '../scaler/contract/github.ts';
import type { CredentialStore } from '../scaler/demand/credentials.ts';
import { decodeDelivery, type Delivery } from './delivery.ts';
import { judge } from './job.ts';
import { type Log, seldom } from './seldom.ts';
import { isSigned } from './signature.ts';

export interface WebhookPorts {
  readonly secrets: CredentialStore<string>;
  /** Tells the scaler. */
  readonly send: (change: DemandChange, budget: Budget) => Promise<void>;
  readonly scope: GitHubScope;
  readonly clock: Clock;
  /** Takes one line of the log. */
  readonly log: Log;
}

/** As a function's URL takes it. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Webhook = (event: unknown, remainingMs: number) => Promise<Answer>;

/** GitHub gives up after 10 s. */
const MOST_MS = 8_000;

/** Kept back of the function's time limit. */
const RESERVE_MS = 500;

/**
 * Within so long a container tells the scaler of a repository once: a matrix of 256 jobs makes as many deliveries in a
 * moment. The scaler reads about a second after it was told, and again at its own pace while there are jobs.
 */
export const COALESCE_MS = 1_000;

/** A secret that could not be read is not read again sooner: anybody may call this function. */
export const UNREADABLE_MS = 50_000;

export function webhook({ secrets, send, scope, clock, log }: WebhookPorts): Webhook {
  /** When the scaler was last told of a place. */
  const told = new Map<string, number>();
  const tellOf = seldom(log, clock);
  let unreadable: { readonly at: number; readonly error: unknown } | undefined;

  const secretOf = async (budget: Budget): Promise<string> => {
    if (unreadable !== undefined && clock.now() - unreadable.at < UNREADABLE_MS) {
      throw unreadable.error;
    }
    try {
      return await secrets.current(budget);
    } catch (error) {
      unreadable = { at: clock.now(), error };
      throw error;
    }
  };

  const isGenuine = async (delivery: Delivery, budget: Budget): Promise<boolean> => {
    const secret = await secretOf(budget);
    if (isSigned(delivery, secret)) return true;
    // It may have been changed a moment ago. The store reads it again less than once a minute.
    const fresh = await secrets.reread(secret, budget).catch(() => secret);
    return fresh !== secret && isSigned(delivery, fresh);
  };

  const tellScaler = async (change: DemandChange, budget: Budget): Promise<Answer> => {
    const place = placeOf(change);
    const now = clock.now();
    for (const [known, at] of told) if (now - at >= COALESCE_MS) told.delete(known);
    if (told.has(place)) return answer(202, 'the scaler has been told of this repository just now');
    await send(change, budget);
    told.set(place, now);
    return answer(202, 'the scaler is told');
  };

  const refused = (status: number, message: string): Answer => {
    tellOf('refused', { status, reason: message });
    return answer(status, message);
  };

  return async (event, remainingMs) => {
    const decoded = decodeDelivery(event);
    if (!decoded.ok) return refused(decoded.status, decoded.message);
    const { delivery } = decoded;
    const budget = budgetOf(clock, Math.min(remainingMs - RESERVE_MS, MOST_MS));
    try {
      if (!(await isGenuine(delivery, budget))) {
        return refused(
          401,
          'the signature is not the one of the secret; see that both are the same',
        );
      }
      if (delivery.event === 'ping') return answer(200, 'the webhook works');
      if (delivery.event !== 'workflow_job') {
        return answer(202, 'ignored: only workflow_job is of use; deselect the other events');
      }
      const judged = judge(delivery.body.toString(), scope);
      if (judged.kind === 'ignored') return answer(202, `ignored: ${judged.why}`);
      return await tellScaler({ source: 'github', where: judged.where }, budget);
    } catch (error) {
      tellOf('failed', { status: 503, reason: errorFacts(error).message });
      return answer(503, 'the scaler could not be told; its next pass finds the jobs by itself');
    }
  };
}

function answer(statusCode: number, message: string): Answer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  };
}
