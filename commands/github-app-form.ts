/** The secret of a GitHub App, made of what people have at hand: the key file that GitHub gives, or JSON. */
import { UsageError } from '../cli/usage-error.ts';
import { gitHubApp } from '../lambda/scaler/composition.ts';

/** A text within JSON, in which a pasted key may have left its line breaks as they were. */
const JSON_TEXT = /"(?:[^"\\]|\\.)*"/gs;
const BREAKS: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r` };

/**
 * @param text JSON with both, or the key alone
 * @param appId as it was given beside the key
 * @returns what the secret is to hold
 * @throws UsageError that says what is wrong with it, and never repeats it
 */
export function gitHubAppForm(text: string, appId: string | undefined): string {
  const isKey = text.startsWith('-----BEGIN');
  if (isKey && appId === undefined) {
    throw refused("holds the private key alone; give the App's id beside it: --app-id ID");
  }
  if (!isKey && appId !== undefined) {
    throw refused('holds no private key in PEM, as --app-id needs it');
  }
  const json = isKey
    ? JSON.stringify({ appId, privateKey: text })
    : text.replaceAll(JSON_TEXT, (inner) =>
        inner.replaceAll(/[\r\n]/g, (each) => BREAKS[each] ?? each),
      );
  const parsed = gitHubApp.parse(json);
  if (!parsed.ok) throw refused(parsed.problem);
  // Without what else the JSON may hold, and with the key's lines as they are to be.
  return JSON.stringify(parsed.credential);
}

function refused(problem: string): UsageError {
  return new UsageError(`what was given for the GitHub App ${problem}; nothing was changed`);
}
