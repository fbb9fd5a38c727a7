import { describe, expect, test } from '@jest/globals';
import { rootCertificates } from 'node:tls';
import { readCaCertificates } from '../../config/read-ca.ts';
import { readObject } from '../../config/reader.ts';
import { makeCertificates } from './certificates.ts';

const { root, rootKey, intermediate, server, brief } = makeCertificates();
const DAY_MS = 24 * 3_600_000;

function read(caCertificates: unknown, now?: number) {
  const problems: string[] = [];
  const reader = readObject({ caCertificates }, { where: '', keys: ['caCertificates'], problems });
  return { certificates: readCaCertificates(reader, now), problems };
}

describe('certificate authorities', () => {
  test('are none by default', () => {
    expect(read(undefined)).toEqual({ certificates: undefined, problems: [] });
  });

  test('are one text each, without what stands around them, none twice', () => {
    const text = `Acme's authorities\r\n${root.replaceAll('\n', '\r\n')}\n# again\n${root}${intermediate}`;
    expect(read(text)).toEqual({ certificates: [root, intermediate], problems: [] });
  });

  test.each<readonly [string, unknown, RegExp]>([
    ['no text', 5, /^caCertificates is 5; allowed: the text of a PEM file/],
    ['the bytes of a file', Buffer.from(root), /allowed: the text of a PEM file.*'utf8'/],
    [
      'the name of a file',
      'ca.pem',
      /is "ca\.pem", which is no PEM text; .*readFileSync\('ca\.pem'/,
    ],
    ['an empty text', '', /is "", which is no PEM text/],
    [
      'a binary certificate',
      `0\u0082\u0001\n${'\u0000'.repeat(900)}`,
      /a text of 904 characters without.*-inform der/,
    ],
    [
      "a server's certificate",
      server,
      /certificate 1 \("CN=gitlab\.corp\.example"\) is not an authority's; .*"CN=Acme Root"/,
    ],
    [
      'an intermediate authority alone',
      intermediate,
      /\("CN=Acme Issuing"\) was issued by another authority; needed besides: .*"CN=Acme Root"/,
    ],
    [
      'what is damaged',
      root.replace(/\n[^\n]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
      /certificate 1 cannot be read/,
    ],
    [
      'another kind of block',
      root.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      /is a block of "TRUSTED CERTIFICATE"; allowed/,
    ],
    [
      'the whole public list',
      rootCertificates.join('\n'),
      /holds \d\d\d certificates; allowed: up to 10; leave out the public ones/,
    ],
  ])('%s is refused', (_, text, sentence) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  test('a private key is refused, and not repeated', () => {
    const { problems } = read(root + rootKey);
    expect(problems).toEqual([expect.stringContaining('holds a private key, which is not shown')]);
    expect(problems.join('')).not.toContain(rootKey.split('\n')[1]);
  });

  test('what has expired is refused with its name and date; so is what is not valid yet', () => {
    const later = Date.now() + 2 * DAY_MS;
    expect(read(brief, later).problems).toEqual([
      expect.stringMatching(/certificate 1 \("CN=Acme Old Root"\) expired on .* GMT; .*replace it/),
    ]);
    expect(read(brief, Date.now() - DAY_MS).problems).toEqual([
      expect.stringMatching(/is not valid before .* check the clock/),
    ]);
    expect(read(brief).problems).toEqual([]);
  });

  test('each of several mistakes is told', () => {
    expect(read(server + root + server).problems).toHaveLength(2);
  });
});
