/** Reads the certificate authorities that function, machines and jobs trust besides the public ones. */
import { X509Certificate } from 'node:crypto';
import { type ConfigReader, show } from './reader.ts';

/** They are part of user data, which has little room; the public ones are trusted anyway. */
const MOST_CERTIFICATES = 10;

const KEY = 'caCertificates';
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
const NEEDED =
  "the text of a PEM file with certificates of authorities, such as readFileSync('ca.pem', 'utf8')";

/**
 * Reads the config's `caCertificates`: one PEM text for each, none twice; undefined where it has none.
 *
 * @param now milliseconds since the epoch
 */
export function readCaCertificates(
  config: ConfigReader,
  now: number = Date.now(),
): readonly string[] | undefined {
  if (!config.has(KEY)) return undefined;
  const text = config.raw(KEY);
  const blocks = typeof text === 'string' ? [...text.matchAll(BLOCK)] : [];
  if (typeof text !== 'string') {
    config.refuse(KEY, NEEDED);
  } else if (/PRIVATE KEY/.test(text)) {
    config.complain(
      `${KEY} holds a private key, which is not shown here; allowed: certificates only, because it becomes part of ` +
        'user data, which everybody may read who may describe the launch template; if it is the key of an authority, ' +
        'take it for known to others',
    );
  } else if (blocks.length === 0) {
    config.complain(
      text.length <= 255 && !text.includes('\n')
        ? `${KEY} is ${show(text)}, which is no PEM text; allowed: ${NEEDED}`
        : `${KEY} is a text of ${text.length} characters without a PEM certificate; allowed: ${NEEDED}; ` +
            'convert a binary file with openssl x509 -inform der',
    );
  } else if (blocks.length > MOST_CERTIFICATES) {
    config.complain(
      `${KEY} holds ${blocks.length} certificates; allowed: up to ${MOST_CERTIFICATES}; ` +
        'leave out the public ones, which are trusted anyway',
    );
  } else {
    const read = blocks.map(([pem, label = ''], index) =>
      readOne({ pem, label, place: `${KEY}: certificate ${index + 1}` }, now),
    );
    const certificates = read.filter((one) => typeof one !== 'string');
    read.filter((one) => typeof one === 'string').forEach((problem) => config.complain(problem));
    if (certificates.length === read.length) {
      withoutIssuer(certificates).forEach((problem) => config.complain(problem));
    }
    return [...new Set(certificates.map(String))];
  }
  return [];
}

interface Block {
  readonly pem: string;
  readonly label: string;
  readonly place: string;
}

/** @returns the certificate, or what is wrong with it */
function readOne({ pem, label, place }: Block, now: number): X509Certificate | string {
  if (label !== 'CERTIFICATE') {
    return `${place} is a block of ${show(label)}; allowed: blocks of "CERTIFICATE"`;
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return `${place} cannot be read: what is between BEGIN and END is no certificate; allowed: ${NEEDED}`;
  }
  const name = `${place} (${nameOf(certificate.subject)})`;
  if (!certificate.ca) {
    return `${name} is not an authority's; allowed: the certificate of the authority that signed it, ${nameOf(certificate.issuer)}`;
  }
  if (Date.parse(certificate.validTo) < now) {
    return `${name} expired on ${certificate.validTo}; allowed: one that is valid; replace it`;
  }
  if (Date.parse(certificate.validFrom) > now) {
    return `${name} is not valid before ${certificate.validFrom}; allowed: one that is valid; check the clock of this machine too`;
  }
  return certificate;
}

/** A chain is followed to its root: an authority between is of no use alone. */
function withoutIssuer(certificates: readonly X509Certificate[]): readonly string[] {
  return certificates.flatMap((certificate, index) =>
    certificates.some((other) => certificate.checkIssued(other))
      ? []
      : [
          `${KEY}: certificate ${index + 1} (${nameOf(certificate.subject)}) was issued by another authority; ` +
            `needed besides: the certificate of ${nameOf(certificate.issuer)}`,
        ],
  );
}

/** `CN=…` of a name with one part per line, or all of it. */
function nameOf(name: string): string {
  const parts = name.split('\n');
  return show(parts.find((part) => part.startsWith('CN=')) ?? parts.join(', '));
}
