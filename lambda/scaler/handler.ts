/** The Lambda's entry: composition root of the run time. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { systemClock } from './clock.ts';
import { decodeSettings, wakeUpInstance } from './contract.ts';
import type { Outcome, Report, Selection } from './look.ts';
import { outcomeLine } from './report.ts';
import { createScaler, type Scaler } from './scaler.ts';

const logger = new Logger({ serviceName: 'runner-scaler' });
let scaler: Scaler | undefined;

/**
 * Every look computes from scratch; an event only says when it is worth while. A machine of one fleet may
 * leave work to any other: the next stage of a pipeline often asks for another class.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  // What it throws is logged by the runtime, once, and counts in the function's own error metric.
  scaler ??= compose();
  const id = wakeUpInstance(event);
  await scaler(context.getRemainingTimeInMillis(), id === undefined ? undefined : holding(id));
}

function holding(id: string): Selection {
  return ({ pending, inService, ending }) =>
    [pending, inService, ending].some((ids) => ids.includes(id));
}

function compose(): Scaler {
  const settings = decodeSettings(process.env);
  const report: Report = {
    outcome: (outcome: Outcome) => {
      process.stdout.write(`${outcomeLine(settings.name, outcome)}\n`);
    },
    warning: (message) => logger.warn(message),
  };
  return createScaler({ settings, clock: systemClock, report });
}
