import { REGION } from '../instance-services/names.ts';

/** Hosts behind the one TLS server. */
export const HOSTS = [
  ...['autoscaling', 'events', 'logs', 'secretsmanager'].map(
    (service) => `${service}.${REGION}.amazonaws.com`,
  ),
  'circleci-binary-releases.s3.amazonaws.com',
  'runner.circleci.com',
  'gitlab-runner-downloads.s3.amazonaws.com',
  'gitlab.example.com',
  // Only reached where a case says so: over IPv6, and what a job asks for.
  ...['autoscaling', 'events', 'logs', 'secretsmanager'].map(
    (service) => `${service}.${REGION}.api.aws`,
  ),
  'circleci-binary-releases.s3.dualstack.us-east-1.amazonaws.com',
  'gitlab-runner-downloads.s3.dualstack.us-east-1.amazonaws.com',
  'git.test',
  'mirror.test',
];

/** The mirror of packages, over plain HTTP as Debian's and Ubuntu's are, and over TLS as a company's own may be. */
export const MIRROR = 'mirror.test';

/** Address of the machine, and of everything else. */
export const MACHINE_ADDRESS = '10.77.0.2';
export const CLOUD_ADDRESS = '10.77.0.1';
export const CLOUD_ADDRESS_IPV6 = 'fd77::1';
/** Of everything else, where only a proxy leads there. */
export const FAR_ADDRESS = '10.78.0.1';
export const PROXY = { host: 'proxy.test', port: 3128 };
export const IMDS_ADDRESS = '169.254.169.254';
export const IMDS_ADDRESS_IPV6 = 'fd00:ec2::254';
