/**
 * What the infrastructure hands to the scaler, and what everybody may know of it: the one file that other rooms
 * import of it, beside `policy.ts` and `composition.ts`. Within the scaler the files behind it are imported.
 */
export * from './contract/circleci.ts';
export * from './contract/error-facts.ts';
export * from './contract/event-queue.ts';
export * from './contract/events.ts';
export * from './contract/github.ts';
export * from './contract/github-functions.ts';
export * from './contract/gitlab.ts';
export * from './contract/http-url.ts';
export * from './contract/json.ts';
export * from './contract/log-fields.ts';
export * from './contract/metrics.ts';
export * from './contract/proxy.ts';
export * from './contract/scaler-name.ts';
export * from './contract/schedules.ts';
export * from './contract/secrets.ts';
export * from './contract/settings.ts';
export * from './contract/sources.ts';
export * from './contract/tags.ts';
export * from './contract/time-zone.ts';
