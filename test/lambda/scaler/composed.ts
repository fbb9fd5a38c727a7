/** The scaler as composed for the Lambda, with a server in the place of AWS, and what it made that write. */
import type { Settings } from '../../../lambda/scaler/contract.ts';
import type { Outcome, Selection } from '../../../lambda/scaler/pass.ts';
import { createScaler } from '../../../lambda/scaler/scaler.ts';
import type { TestServer } from '../../http-server.ts';
import { manualClock } from '../../manual-clock.ts';

/** @param settings what is not the usual */
export function composedWith(
  aws: TestServer,
  settings: Pick<Settings, 'sources'> & Partial<Settings>,
  clock = manualClock(),
) {
  const outcomes: Outcome[] = [];
  const warnings: string[] = [];
  const scaler = createScaler({
    clock,
    settings: {
      name: 'ci',
      passIntervalSeconds: 60,
      queueUrl: undefined,
      metrics: true,
      dryRun: false,
      ...settings,
    },
    report: {
      outcome: (outcome) => outcomes.push(outcome),
      warning: (message) => warnings.push(message),
    },
    aws: {
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    },
  });
  return {
    clock,
    outcomes,
    warnings,
    scaler,
    run: async (about?: Selection) => scaler(60_000, about && { about, lastWords: [] }),
  };
}

/** Each capacity that was written, in order: `group=capacity`. */
export function writesTo(aws: TestServer): readonly string[] {
  return aws.received
    .map(({ body }) => new URLSearchParams(body))
    .filter((form) => form.get('Action') === 'SetDesiredCapacity')
    .map((form) => `${form.get('AutoScalingGroupName')}=${form.get('DesiredCapacity')}`);
}
