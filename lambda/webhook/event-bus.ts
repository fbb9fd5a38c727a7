/** The default event bus, as far as the webhook sends to it. */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Budget } from '../scaler/clock.ts';
import { type DemandChange, encodeDemandChange } from '../scaler/contract/events.ts';

export interface EventBusOptions {
  /** Makes the client when the first event is sent: most deliveries of a stranger send none. */
  readonly client: () => EventBridgeClient;
  /** The scaler's name. */
  readonly name: string;
}

/**
 * @throws Error when the event was not taken
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function eventBus({ client, name }: EventBusOptions) {
  let known: EventBridgeClient | undefined;
  return async (change: DemandChange, { signal }: Budget): Promise<void> => {
    known ??= client();
    const { source, detailType, detail } = encodeDemandChange(name, change);
    const { FailedEntryCount = 0, Entries: [entry] = [] } = await known.send(
      new PutEventsCommand({
        Entries: [{ Source: source, DetailType: detailType, Detail: detail }],
      }),
      { abortSignal: signal },
    );
    if (FailedEntryCount > 0) {
      throw new Error(
        `the event was not taken (${entry?.ErrorCode ?? 'no code'}): ${entry?.ErrorMessage ?? 'no reason'}`,
      );
    }
  };
}
