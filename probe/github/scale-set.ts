/**
 * The service behind scale sets, as far as the probe uses it.
 *
 * @see https://github.com/actions/scaleset
 */
import { isObject } from '../../lambda/scaler/contract.ts';
import { type Call, type Caller, GitHubProbeError, objectsIn, type Said } from './call.ts';
import type { Repository } from './repository.ts';

/** Of a set, as GitHub says it at one moment; undefined where it says nothing. */
export interface Statistics {
  readonly available: number;
  readonly assigned: number;
}

export interface Session {
  readonly id: string;
  readonly queueUrl: string;
  readonly queueToken: string;
  readonly statistics: Statistics | undefined;
}

export type ScaleSets = Awaited<ReturnType<typeof scaleSetsOf>>;

/** A repository has no other runner group. */
const GROUP = 1;

const VERSION = 'application/json; api-version=6.0-preview';

export interface Callers {
  readonly call: Caller;
  /** One that no interruption ends, for what has to be closed. */
  readonly lastCall: Caller;
}

/** Signs in with the token of the repository. */
export async function scaleSetsOf(repository: Repository, { call, lastCall }: Callers) {
  const registration = await repository.ask({
    method: 'POST',
    url: '/actions/runners/registration-token',
    accepts: [201],
  });
  const { body: admin } = await call({
    method: 'POST',
    url: `${repository.api}/actions/runner-registration`,
    headers: { authorization: `RemoteAuth ${String(registration.body['token'])}` },
    body: { url: repository.page, runner_event: 'register' },
    accepts: [200, 201],
  });
  const { url: service, token } = admin;
  if (typeof service !== 'string' || typeof token !== 'string') {
    throw new GitHubProbeError('GitHub names no service of scale sets');
  }
  const ask = async ({ url: path, ...rest }: Call, by: Caller = call): Promise<Said> => {
    const url = `${service.replace(/\/$/, '')}/_apis/runtime/runnerscalesets${path}`;
    return by({
      ...rest,
      url: `${url}${path.includes('?') ? '&' : '?'}api-version=6.0-preview`,
      headers: { authorization: `Bearer ${token}`, accept: VERSION },
    });
  };

  return {
    /** The sets of that name: none or one. */
    async named(name: string): Promise<readonly number[]> {
      const { body } = await ask({
        url: `?runnerGroupId=${GROUP}&name=${encodeURIComponent(name)}`,
      });
      return objectsIn(body['value']).flatMap(({ id, name: called }) =>
        typeof id === 'number' && called === name ? [id] : [],
      );
    },
    async make(name: string): Promise<number> {
      const { body } = await ask({
        method: 'POST',
        url: '',
        body: {
          name,
          runnerGroupId: GROUP,
          labels: [{ type: 'System', name }],
          RunnerSetting: { disableUpdate: true },
        },
      });
      if (typeof body['id'] === 'number') return body['id'];
      throw new GitHubProbeError('GitHub gave no id to the scale set');
    },
    async remove(set: number): Promise<void> {
      await ask({ method: 'DELETE', url: `/${set}`, accepts: [204, 404] });
    },
    async statistics(set: number): Promise<Statistics | undefined> {
      const { body } = await ask({ url: `/${set}` });
      return statisticsIn(body);
    },
    /** @returns undefined where another session is active */
    async open(set: number, ownerName: string): Promise<Session | undefined> {
      // Not to be interrupted: only who knows a session can close it.
      const { status, body } = await ask(
        { method: 'POST', url: `/${set}/sessions`, body: { ownerName }, accepts: [200, 409] },
        lastCall,
      );
      return status === 409 ? undefined : sessionIn(body);
    },
    async renew(set: number, { id }: Session): Promise<Session> {
      const { body } = await ask({ method: 'PATCH', url: `/${set}/sessions/${id}` });
      return sessionIn(body);
    },
    async close(set: number, { id }: Session): Promise<void> {
      // An expired one is answered 400.
      const url = `/${set}/sessions/${id}`;
      await ask({ method: 'DELETE', url, accepts: [204, 400, 404] }, lastCall);
    },
    /**
     * Asks for messages until `signal` ends it. No message is deleted.
     *
     * @returns whether a message came before that
     */
    async poll({ queueUrl, queueToken }: Session, capacity: number, signal: AbortSignal) {
      try {
        const { status } = await call({
          url: queueUrl,
          headers: {
            authorization: `Bearer ${queueToken}`,
            accept: VERSION,
            'x-scalesetmaxcapacity': String(capacity),
          },
          accepts: [200, 202],
          signal,
        });
        return status === 200;
      } catch (error) {
        if (signal.aborted) return false;
        throw error;
      }
    },
  };
}

function sessionIn(body: Said['body']): Session {
  const { sessionId: id, messageQueueUrl: queueUrl, messageQueueAccessToken: queueToken } = body;
  if (typeof id === 'string' && typeof queueUrl === 'string' && typeof queueToken === 'string') {
    return { id, queueUrl, queueToken, statistics: statisticsIn(body) };
  }
  throw new GitHubProbeError('GitHub answered no session of the scale set');
}

function statisticsIn({ statistics }: Said['body']): Statistics | undefined {
  if (!isObject(statistics)) return undefined;
  const { totalAvailableJobs: available, totalAssignedJobs: assigned } = statistics;
  return typeof available === 'number' && typeof assigned === 'number'
    ? { available, assigned }
    : undefined;
}
