/** Machines, and others with credentials of AWS, at the registrar's URL: by curl, as a machine calls it. */
import { run } from './child.ts';
import type { FunctionUrl, UrlCaller } from './function-url.ts';
import { ACCOUNT, REGION } from './moto.ts';

export interface Said {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An instance in its role, unless it is said to be another session or of another account. */
export function sessionArn(role: string, session: string, account = ACCOUNT): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
}

let keys = 0;

/** Somebody with credentials of their own, whom IAM knows from now on. */
export function admitted(
  url: FunctionUrl,
  { arn, statements }: Pick<UrlCaller, 'arn' | 'statements'>,
): UrlCaller {
  keys += 1;
  const caller = {
    accessKeyId: `ASIACALLER${keys}`,
    secretAccessKey: `secret-of-caller-${keys}`,
    sessionToken: `token-of-caller-${keys}`,
    arn,
    statements,
  };
  url.admit(caller);
  return caller;
}

/** @param caller whose credentials the request is signed with; undefined: nobody's */
export async function ask(
  { url }: Pick<FunctionUrl, 'url'>,
  caller: UrlCaller | undefined,
  { path, body }: { readonly path: string; readonly body: object },
): Promise<Said> {
  const signing = caller === undefined ? [] : ['--aws-sigv4', `aws:amz:${REGION}:lambda`];
  const text = await run({
    command: 'curl',
    args: [
      '--config',
      '-',
      '--silent',
      '--show-error',
      ...signing,
      '--write-out',
      String.raw`\n%{http_code}`,
      '--header',
      'Content-Type: application/json',
      '--data',
      JSON.stringify(body),
      `${url}${path}`,
    ],
    input:
      caller === undefined
        ? ''
        : `user = "${caller.accessKeyId}:${caller.secretAccessKey}"\n` +
          `header = "X-Amz-Security-Token: ${caller.sessionToken}"\n`,
  });
  const [answer = '', status] = text.split(/\n(?=\d+$)/);
  return { status: Number(status), body: JSON.parse(answer) as Said['body'] };
}
