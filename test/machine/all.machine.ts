/**
 * Every case, in one file, so that all of them run side by side. Needs root, and what `npm run
 * test:machine` installs.
 */
// Two of them take five minutes, in which the others run.
import './network.cases.ts';
import './boot.cases.ts';
import './end.cases.ts';
import './stop.cases.ts';
import './life.cases.ts';
import './job.cases.ts';
import './gitlab.cases.ts';
import './github.cases.ts';
import './github-boot.cases.ts';
