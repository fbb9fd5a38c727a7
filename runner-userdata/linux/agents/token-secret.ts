/**
 * Name of the secret that holds the runner token of the machines with a role. A machine learns its role from
 * metadata, so nothing in its user data has to wait for the deployment.
 */
export function tokenSecretName(role: string): string {
  return `runner-scaler/${role}`;
}
