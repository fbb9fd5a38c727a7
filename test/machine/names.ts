/** What the stand-ins are called and what they give out. */
export const INSTANCE_ID = 'i-0123456789abcdef0';
export const ROLE = 'ci-FleetAcmeLinuxRole-1A2B3C4D';
export const RUNNER_TOKEN = 'f00dcafe-runner-token-f00dcafe';
export const IMDS_TOKEN = 'AQAEAimds-session-token==';
export const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session//token+of/the=role==',
};

/** None of these may be seen by anybody but root. */
export const SECRETS = [
  RUNNER_TOKEN,
  IMDS_TOKEN,
  CREDENTIALS.secretAccessKey,
  CREDENTIALS.sessionToken,
];
