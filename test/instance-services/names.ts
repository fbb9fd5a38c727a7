/** Who the instance is, and what the services give it. */
export const INSTANCE_ID = 'i-0123456789abcdef0';
export const ROLE = 'ci-FleetAcmeLinuxRole-1A2B3C4D';
/** The secret that the stack makes for the instances with that role. */
export const ROLE_SECRET = `runner-scaler/${ROLE}`;
export const REGION = 'eu-north-1';
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
