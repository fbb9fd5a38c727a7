import { problemOf, type SecretKind } from '../scaler/demand/secret-kinds.ts';

/** The secret with which GitHub signs its deliveries. It is any text. */
export const webhookSecret: SecretKind<string> = {
  fill: (secret) =>
    "put the same text into it as in the App's settings under Webhook secret: aws secretsmanager put-secret-value " +
    `--secret-id ${secret} --secret-string file://webhook-secret.txt`,
  parse(text) {
    const problem = problemOf(text);
    return problem === undefined ? { ok: true, credential: text } : { ok: false, problem };
  },
};
