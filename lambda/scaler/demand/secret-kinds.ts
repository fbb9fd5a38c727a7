/** What a credential's secret may hold, each kind with its parser. */
import { TOKEN_PLACEHOLDER } from '../contract/secrets.ts';

/** How a secret of one kind is read and filled. */
export interface SecretKind<Credential> {
  /** @param text what the secret holds, without white space around it */
  readonly parse: (text: string) => Parsed<Credential>;
  /** What to do about a secret that cannot be used, as part of a sentence. */
  readonly fill: (secret: string) => string;
}

export type Parsed<Credential> =
  | { readonly ok: true; readonly credential: Credential }
  /** What is wrong with it; completes "the secret …". It never repeats the secret. */
  | { readonly ok: false; readonly problem: string };

/** A token and nothing else, as CircleCI and GitLab have it. */
export const bareToken: SecretKind<string> = {
  fill: (secret) =>
    `put the bare token into it: aws secretsmanager put-secret-value --secret-id ${secret} ` +
    '--secret-string file://token.txt',
  parse(text) {
    const problem = problemOf(text);
    if (problem !== undefined) return { ok: false, problem };
    // A header value: printable ASCII. JSON is what the console's key/value form stores.
    const isJson = text.startsWith('{');
    if (/^[\x21-\x7e]+$/.test(text) && !isJson) return { ok: true, credential: text };
    const found = isJson ? 'JSON' : 'spaces or other characters no token has';
    return { ok: false, problem: `holds no bare token (it has ${found})` };
  },
};

/** What is wrong with a secret of any kind that nobody has filled. */
export function problemOf(text: string): string | undefined {
  if (text === '') return 'is empty';
  return text === TOKEN_PLACEHOLDER ? 'holds the placeholder' : undefined;
}
