/** The Lambda's entry: composition root of the run time. */
import { holding } from './fleet/holding.ts';
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { trustFile } from './authorities.ts';
import { systemClock } from './clock.ts';
import { errorFacts } from './contract/error-facts.ts';
import type { LastWord } from './contract/events.ts';
import { decodeSettings, type Settings } from './contract/settings.ts';
import { inOneSentence } from './in-one-sentence.ts';
import { decodeEvent } from './invocation-event.ts';
import type { Report } from './pass.ts';
import { decodeBatch } from './queue-batch.ts';
import { lastWordLine, outcomeLines } from './report.ts';
import { createScaler, type Scaler } from './scaler.ts';
import { wakeUps, type WakeUps } from './wake-ups.ts';

interface Runtime {
  readonly settings: Settings;
  readonly scaler: Scaler;
  readonly wakeUps: WakeUps;
}

const logger = new Logger({ serviceName: 'runner-scaler' });
let runtime: Runtime | undefined;

/**
 * Every pass decides on what it observes itself; an event only says when a pass is worth while. A machine of one
 * fleet may leave work to any other: the next stage of a pipeline often asks for another class. A machine's last
 * word is a line, and leads to a pass only where it is evidence; what is not understood makes no call.
 *
 * A batch of the queue never fails: Lambda would take it for a trouble of the queue, and hand over fewer of
 * the next. What its pass could not do is logged as an error, and the schedule's pass meets it again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function handler(event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  try {
    await handled(event, context);
  } catch (error) {
    // The runtime logs it, once, and it counts in the function's own error metric.
    throw inOneSentence(error);
  }
}

async function handled(event: unknown, context: Context): Promise<void> {
  runtime ??= compose();
  const { settings, scaler, wakeUps } = runtime;
  const { name } = settings;
  const batch = decodeBatch(event, name);
  if (batch !== undefined) {
    batch.problems.forEach((problem) => logger.warn(problem));
    batch.lastWords.forEach((word) => tell(settings, word));
    await wakeUps(batch, context.getRemainingTimeInMillis());
    return;
  }
  const asked = decodeEvent(event, name);
  switch (asked.kind) {
    case 'schedule':
      await scaler(context.getRemainingTimeInMillis());
      return;
    // By hand, or by a rule of a version that had no queue.
    case 'wake-up':
      await wakeUps(
        {
          wakeUps: [
            { instanceId: asked.instanceId, about: holding(asked), sentAt: systemClock.now() },
          ],
          lastWords: [],
        },
        context.getRemainingTimeInMillis(),
      );
      return;
    case 'last-word':
      tell(settings, asked.lastWord);
      await wakeUps(
        { wakeUps: [], lastWords: [asked.lastWord] },
        context.getRemainingTimeInMillis(),
      );
      return;
    case 'change':
      await wakeUps(
        {
          wakeUps: [],
          lastWords: [],
          changes: [{ ...asked.change, sentAt: systemClock.now() }],
        },
        context.getRemainingTimeInMillis(),
      );
      return;
    case 'refused':
      logger.warn(asked.problem);
  }
}

function compose(): Runtime {
  const settings = decodeSettings(process.env);
  if (settings.caFile !== undefined) {
    trustFile(settings.caFile, process.env['LAMBDA_TASK_ROOT'] ?? '');
  }
  const report: Report = {
    outcome: outcomeLines(settings, write),
    warning: (message) => logger.warn(message),
  };
  const scaler = createScaler({ settings, clock: systemClock, report });
  return {
    settings,
    scaler,
    wakeUps: wakeUps({
      scaler,
      passIntervalMs: settings.passIntervalSeconds * 1000,
      clock: systemClock,
      warning: (message) => logger.warn(message),
      failed: (error) => logger.error(errorFacts(error).message),
    }),
  };
}

function tell(settings: Settings, word: LastWord): void {
  write(lastWordLine(settings, word, systemClock.now()));
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
