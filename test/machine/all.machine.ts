/**
 * Every case, in one file, so that all of them run side by side. Needs root, and what `npm run
 * test:machine` installs.
 */
import './life.cases.ts';
