/** The part of GitLab that runners use: the token, the queue, the log and the state of a job, the managers. */
import type { IncomingMessage } from 'node:http';
import { ok, type Reply } from '../instance-services/reply.ts';
import type { Task } from './cloud.ts';

export const GITLAB_TOKEN = 'glrt-t1_f00dcafe-runner-token-f00dcafe';

/** What a request says, as far as it is one of those that say it. */
interface Said {
  readonly token?: string;
  readonly system_id?: string;
  readonly state?: string;
  readonly failure_reason?: string;
  readonly step?: number;
  readonly status?: number;
  readonly output?: string;
}

interface Queue {
  readonly tasks: Task[];
  readonly output: string[];
  readonly results: string[];
}

export class GitLab {
  /** Requests with another token are refused. */
  token = GITLAB_TOKEN;
  /** System ids of the machines that have asked. */
  readonly managers = new Set<string>();
  private readonly queue: Queue;

  constructor(queue: Queue) {
    this.queue = queue;
  }

  route(
    { method = '', url = '' }: IncomingMessage,
    body: Buffer,
  ): { readonly what: string; readonly quiet?: boolean; readonly answer: () => Reply } {
    const said = JSON.parse(body.toString() || '{}') as Said;
    const asked = `${method} ${url.replace('/api/v4/', '')}`;
    if (asked === 'PATCH jobs/1/trace' || asked === 'PUT jobs/1') return this.job(said);
    if (said.token !== this.token) {
      return { what: `gitlab 403 ${asked}`, answer: () => ({ status: 403, body: '{}' }) };
    }
    const id = said.system_id ?? '';
    if (asked === 'DELETE runners/managers') {
      return {
        what: 'gitlab forget manager',
        answer: () => {
          this.managers.delete(id);
          return { status: 204, body: '' };
        },
      };
    }
    this.managers.add(id);
    if (asked === 'POST runners/verify') return { what: 'gitlab verify', answer: () => ok('{}') };
    const task = this.queue.tasks[0];
    return {
      what: task ? 'claim task' : 'claim nothing',
      quiet: task === undefined,
      answer: () => {
        this.queue.tasks.shift();
        if (task === undefined) return { status: 204, body: '' };
        return {
          status: 201,
          body: JSON.stringify({ id: 1, steps: task.steps, clean_up: task.cleanUpSeconds }),
        };
      },
    };
  }

  private job({ state, step, status, output = '', failure_reason: reason }: Said) {
    if (state === undefined) {
      return {
        what: `step ${step} ${status}`,
        answer: () => {
          this.queue.output.push(output);
          return ok('{}');
        },
      };
    }
    const result = reason ?? state;
    return {
      what: `task ${result}`,
      answer: () => {
        this.queue.results.push(result);
        return ok('{}');
      },
    };
  }
}
