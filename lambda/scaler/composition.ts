/**
 * The scaler put together, the ports that another room implements, and what its tags and secrets mean: what the
 * simulator and the commands import of the scaler, beside `contract.ts` and `policy.ts`.
 */
export { type Budget, type Clock, systemClock } from './clock.ts';
export { ATTEMPTS } from './demand/asking.ts';
export { type CallRate, callRate } from './demand/call-rate.ts';
export { CIRCLECI_CLASSES_AT_ONCE } from './demand/circleci.ts';
export type { CredentialStore } from './demand/credentials.ts';
export type { HttpCall } from './demand/http-call.ts';
export { gitHubApp } from './demand/github-app-secret.ts';
export { bareToken, type SecretKind } from './demand/secret-kinds.ts';
export { type Demand, DemandSourceError, type FleetQueue } from './demand/source.ts';
export { type Activity, type Fleet, FleetError, type Fleets } from './fleet/fleets.ts';
export { holding } from './fleet/holding.ts';
export { heldAt } from './fleet/scheduled.ts';
export { KEPT_SUSPENDED } from './fleet/suspended.ts';
export { decodeState } from './hold-back/state.ts';
export { holdBackWarning } from './hold-back/warning.ts';
export { InvocationError } from './invocation.ts';
export type { Failure, Outcome, Report } from './pass.ts';
export type { Pass, PassQueue } from './passes.ts';
export { isAtRest, lastWordLine, outcomeLine, outcomeLines, REST_MINUTES } from './report.ts';
export { createScaler, type Scaler, scalerOf } from './scaler.ts';
export { type SentWakeUp, type WakeUps, wakeUps } from './wake-ups.ts';
