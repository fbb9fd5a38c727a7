/** What a secret holds that the scaler or a machine reads. */

/** A token and nothing else, or a GitHub App as JSON: `{"appId": "…", "privateKey": "…"}`, the key in PEM. */
export type SecretContents = 'bare-token' | 'github-app';

/**
 * The string a token's secret holds until the user fills it. The scaler and the boot script both
 * refuse it with the command that fills the secret.
 */
export const TOKEN_PLACEHOLDER = 'replace-with-the-token';
