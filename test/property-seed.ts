/**
 * Runs before each test file: properties are tried with the same cases each time, so that what fails does
 * not depend on luck. `PROPERTY_SEED=random` searches further; a run that fails prints its seed.
 */
import fc from 'fast-check';

const { PROPERTY_SEED = '20260302' } = process.env;
if (PROPERTY_SEED !== 'random') fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
