/** The instance metadata service, version 2: a token for the session, then entries by path. */
import type { IncomingMessage } from 'node:http';
import { CREDENTIALS, IMDS_TOKEN, INSTANCE_ID, REGION, ROLE } from './names.ts';
import { NOT_FOUND, ok, type Reply } from './reply.ts';

const ENTRIES: Readonly<Record<string, string>> = {
  'instance-id': INSTANCE_ID,
  'placement/region': REGION,
  'services/domain': 'amazonaws.com',
  'instance-life-cycle': 'on-demand',
  'iam/security-credentials/': ROLE,
  // With line breaks, as in the real answer.
  [`iam/security-credentials/${ROLE}`]: JSON.stringify(
    {
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: CREDENTIALS.accessKeyId,
      SecretAccessKey: CREDENTIALS.secretAccessKey,
      Token: CREDENTIALS.sessionToken,
    },
    undefined,
    2,
  ),
};

/** @param changing entries that differ from the usual ones, by path; undefined for one that is not there */
export function metadataReply(
  { url: path = '', method, headers }: IncomingMessage,
  changing: ReadonlyMap<string, string | undefined>,
): Reply {
  if (path === '/latest/api/token') {
    const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds'];
    return method === 'PUT' && ttl ? ok(IMDS_TOKEN) : { status: 400, body: '' };
  }
  if (headers['x-aws-ec2-metadata-token'] !== IMDS_TOKEN) return { status: 401, body: '' };
  const entry = path.replace('/latest/meta-data/', '');
  const value = changing.has(entry) ? changing.get(entry) : ENTRIES[entry];
  return value === undefined ? NOT_FOUND : ok(value);
}
