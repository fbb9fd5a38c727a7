/** What no message may repeat. */

/**
 * Words that look like a token of a CI system, whosever it is: an answer may hold another one than it was asked with.
 * CircleCI's, GitHub's and GitLab's by their prefixes, a JSON Web Token by its beginning, and what follows `Bearer`.
 *
 * @see https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 * @see https://docs.gitlab.com/security/tokens/#token-prefixes
 */
const TOKENS = [
  /\bCCI(?:PAT|PRJ)_[\w-]{4,}/g,
  /\b(?:gh[a-z]|github_pat)_\w{4,}/g,
  /\bgl(?:pat|rt|rtr|dt|cbt|ptt|ft|imt|agent|soat|oas|ffct|wt)-[\w.-]{4,}/g,
  /\bGR1348941[\w-]{4,}/g,
  /\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  /(?<=\b(?:bearer|basic|circle-token:|private-token:|job-token:) +)[\w.~+/=-]{8,}/gi,
] as const;

const HIDDEN = '***';

/** @param token the one that was sent; hidden wherever it stands, also within a word */
export function withoutTokens(text: string, token: string): string {
  const own = token === '' ? text : text.replaceAll(token, HIDDEN);
  return TOKENS.reduce((left, pattern) => left.replaceAll(pattern, HIDDEN), own);
}
