/** `runner-scaler secret set`: what it is told on its command line. */
import { matching, oneOf, text, type Values } from '../cli/option.ts';
import { subcommand } from '../cli/subcommand.ts';
import { UsageError } from '../cli/usage-error.ts';
import { SOURCES } from '../lambda/scaler/contract.ts';
import { JSON_OUTPUT, WHERE } from './aws/options.ts';

const OPTIONS = {
  file: text(
    '--file <file>',
    'read it from this file; default: standard input, or the terminal without showing it',
  ),
  source: oneOf(
    '--source <source>',
    'whose API credential it is, where the scaler reads several',
    SOURCES,
  ),
  appId: matching(
    '--app-id <id>',
    'of a GitHub App: its id, where what is read is the key file alone; else it is JSON with appId and privateKey',
    { pattern: /^[A-Za-z0-9.]{1,64}$/, allowed: 'the id or the client id of a GitHub App' },
  ),
  json: JSON_OUTPUT,
  ...WHERE,
};

export type SecretGiven = Values<typeof OPTIONS>;

export const SECRET = subcommand({
  about:
    'Fills a secret of the scaler: secret set for the API credential, secret set CLASS for a runner token.',
  details:
    'What is put in is checked for its form, and never shown: it is on no screen, in no history and no list of ' +
    "processes. The scaler takes a new API credential within a minute of the old one's refusal, and within an hour anyway; " +
    'machines take a new runner token when they boot.',
  options: OPTIONS,
  names: { flags: '<set...>', about: 'the word set, and the class if its runner token is meant' },
  load: async () => (await import('./secret-command.ts')).FILLING_SECRETS,
});

/**
 * @returns the class whose runner token is meant; undefined: the API credential
 * @throws UsageError
 */
export function secretNamed(
  names: readonly string[],
  { source }: Pick<SecretGiven, 'source'>,
): string | undefined {
  const [verb, resourceClass, stray] = names;
  if (verb !== 'set') {
    throw new UsageError(`${JSON.stringify(verb)} is no work on secrets; allowed: set`);
  }
  if (stray !== undefined) {
    throw new UsageError(`unexpected argument ${JSON.stringify(stray)}; allowed: one class`);
  }
  if (resourceClass !== undefined && source !== undefined) {
    throw new UsageError(
      `--source is given with ${JSON.stringify(resourceClass)}; allowed: one of the two`,
    );
  }
  return resourceClass;
}
