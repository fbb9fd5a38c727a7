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
  `abcdefghijklmnopqrstuvwxyz012345.lambda-url.${REGION}.on.aws`,
  'github.com',
  'release-assets.githubusercontent.com',
  'broker.actions.githubusercontent.com',
];

/** The mirror of packages, over plain HTTP as Debian's and Ubuntu's are. */
export const MIRROR = 'mirror.test';

/** Address of the machine, and of everything else. */
export const MACHINE_ADDRESS = '10.77.0.2';
export const CLOUD_ADDRESS = '10.77.0.1';
export const IMDS_ADDRESS = '169.254.169.254';
export const IMDS_ADDRESS_IPV6 = 'fd00:ec2::254';
