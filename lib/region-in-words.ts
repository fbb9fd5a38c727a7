/** The Region as a sentence names it: the stack's, or REGION where only the deployment knows it. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

export function regionInWords(scope: Construct): string {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) ? 'REGION' : region;
}
