/** Reads the tags of a config: they must suit every service that has a resource in the stack. */
import { type ConfigReader, isRecord, show } from './reader.ts';

/** AWS allows 50 tags per resource; the rest is for the stack's own and for CloudFormation's. */
const MOST_TAGS = 40;
/** A group of GitHub has two tags more. */
const MOST_TAGS_WITH_GITHUB = MOST_TAGS - 2;

/**
 * Secrets Manager has the lowest limits, 127 and 255 characters; others allow one more.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
 */
const LONGEST_KEY = 127;
const LONGEST_VALUE = 255;

/** What IAM allows, and so do all others; EC2 would allow more. */
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;
const CHARACTERS_IN_WORDS = 'letters, digits, spaces and _ . : / = + - @';

/**
 * What a key may have where machines read their tags from metadata: EC2 launches nothing with another one.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
 */
const IN_METADATA = /^(?!\.{1,2}$|_index$)[A-Za-z0-9+=.,_:@-]+$/;

/**
 * Lengths are in UTF-16 units: no service counts more.
 *
 * @param withGitHub whether the stack has machines of GitHub, which read one of their tags from metadata
 */
export function readTags(
  reader: ConfigReader,
  withGitHub: boolean,
): Readonly<Record<string, string>> {
  const tags = reader.raw('tags') ?? {};
  if (!isRecord(tags)) {
    reader.refuse('tags', 'an object of names and values');
    return {};
  }
  const entries = Object.entries(tags);
  const most = withGitHub ? MOST_TAGS_WITH_GITHUB : MOST_TAGS;
  if (entries.length > most) {
    reader.complain(`tags has ${entries.length} entries; allowed: up to ${most}`);
  }
  const byFolded = new Map<string, string>();
  for (const [key, value] of entries) {
    const where = `tags[${show(key)}]`;
    // "ß" is "SS" in capitals: after both conversions, everything that IAM may treat as the same is the same.
    const folded = key.toUpperCase().toLowerCase();
    const same = byFolded.get(folded);
    byFolded.set(folded, same ?? key);
    if (/^(aws|runner-scaler):/i.test(key) || key === 'Name') {
      reader.complain(
        `${where} is set by AWS or by this stack; allowed: another key than Name, aws:… and runner-scaler:…`,
      );
    } else if (key === '' || key.length > LONGEST_KEY || !CHARACTERS.test(key)) {
      reader.complain(
        `${where} has a key that AWS refuses; allowed: 1 to ${LONGEST_KEY} ${CHARACTERS_IN_WORDS}`,
      );
    } else if (withGitHub && !IN_METADATA.test(key)) {
      reader.complain(
        `${where} has a key that EC2 does not show to machines; allowed with github, whose machines read one of ` +
          'their tags: letters without accents, digits and + - = . _ : @',
      );
    } else if (same !== undefined) {
      reader.complain(
        `${where} differs from tags[${show(same)}] only in the case of letters, which IAM ignores; ` +
          'allowed: one of the two',
      );
    }
    if (!isTagValue(value)) {
      reader.complain(
        `${where} is ${show(value)}; allowed: up to ${LONGEST_VALUE} ${CHARACTERS_IN_WORDS}, not ` +
          'beginning with aws:',
      );
    }
  }
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (isTagValue(value) ? [[key, value]] : [])),
  );
}

function isTagValue(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= LONGEST_VALUE &&
    CHARACTERS.test(value) &&
    !/^aws:/i.test(value)
  );
}
