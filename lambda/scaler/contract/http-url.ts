/**
 * Normalises a base URL: http or https, no credentials, query or fragment, no trailing slash.
 * Returns undefined when it is none.
 */
export function httpUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain =
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  return plain ? `${url.origin}${url.pathname}`.replace(/\/+$/, '') : undefined;
}
