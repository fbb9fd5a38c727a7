/** The Lambda's entry: composition root of the run time. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { systemClock } from './clock.ts';
import { decodeSettings } from './contract.ts';
import { decodeEvent, type WakeUp } from './invocation-event.ts';
import type { Selection } from './look.ts';
import type { Outcome, Report } from './look-ports.ts';
import { lastWordLine, outcomeLine } from './report.ts';
import { createScaler, type Scaler } from './scaler.ts';

interface Runtime {
  /** The scaler's name. */
  readonly name: string;
  readonly scaler: Scaler;
}

const logger = new Logger({ serviceName: 'runner-scaler' });
let runtime: Runtime | undefined;

/**
 * Every look computes from scratch; an event only says when it is worth while. A machine of one fleet may
 * leave work to any other: the next stage of a pipeline often asks for another class. A machine's last
 * word is a line, and a look only where it is evidence; what is not understood makes no call.
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  // What it throws is logged by the runtime, once, and counts in the function's own error metric.
  runtime ??= compose();
  const { name, scaler } = runtime;
  const asked = decodeEvent(event, name);
  switch (asked.kind) {
    case 'schedule':
      await scaler(context.getRemainingTimeInMillis());
      return;
    case 'wake-up':
      await scaler(context.getRemainingTimeInMillis(), holding(asked));
      return;
    case 'last-word':
      write(lastWordLine(name, asked.lastWord, systemClock.now()));
      await scaler(context.getRemainingTimeInMillis(), undefined, asked.lastWord);
      return;
    case 'refused':
      logger.warn(asked.problem);
  }
}

/** The fleet of the machine, if it is one's own: a runner speaks for its class only. */
function holding({ instanceId, resourceClass }: WakeUp): Selection {
  return (fleet) =>
    (resourceClass === undefined || resourceClass === fleet.resourceClass) &&
    [fleet.pending, fleet.inService, fleet.ending].some((ids) => ids.includes(instanceId));
}

function compose(): Runtime {
  const settings = decodeSettings(process.env);
  const report: Report = {
    outcome: (outcome: Outcome) => write(outcomeLine(settings.name, outcome)),
    warning: (message) => logger.warn(message),
  };
  return {
    name: settings.name,
    scaler: createScaler({ settings, clock: systemClock, report }),
  };
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
