/** Composition root of the command `runner-scaler`. A further command is one file, and one entry here. */
import { type Program, runProgram } from '../cli/program.ts';
import packageJson from '../package.json' with { type: 'json' };

const PROGRAM: Program = {
  name: 'runner-scaler',
  about:
    'Starts EC2 runners for queued CI jobs: tries it without an account, measures, and operates it.',
  version: packageJson.version,
  commands: {
    simulate: {
      about: 'runs the real scaler in virtual time, on a built-in day or your own jobs',
      load: async () => (await import('../simulator/cli/simulate.ts')).SIMULATE,
    },
    'what-if': {
      about: 'runs several configs on the same jobs, side by side',
      load: async () => (await import('../simulator/cli/what-if.ts')).WHAT_IF,
    },
    compare: {
      about: 'runs scaling rules on the same jobs, side by side',
      load: async () => (await import('../simulator/cli/compare.ts')).COMPARE,
    },
    evidence: {
      about: 'makes the tables of the decision records again',
      load: async () => (await import('../simulator/cli/evidence.ts')).EVIDENCE,
    },
    probe: {
      about: 'measures in your own AWS account what nobody documents, and removes all it made',
      load: async () => (await import('../probe/options.ts')).PROBE,
    },
    'probe-gitlab': {
      about: "measures how late GitLab's counts are, and only reads",
      load: async () => (await import('../probe/gitlab/options.ts')).PROBE_GITLAB,
    },
    'probe-github': {
      about: 'asks GitHub what decides how it is read, and removes all it made',
      load: async () => (await import('../probe/github/options.ts')).PROBE_GITHUB,
    },
    doctor: {
      about: 'finds what is wrong with a set-up, with the remedy beside each finding',
      load: async () => (await import('../commands/doctor-options.ts')).DOCTOR,
    },
    status: {
      about: 'shows what each class has and waits for, and what holds it back',
      load: async () => (await import('../commands/status-options.ts')).STATUS,
    },
    explain: {
      about: 'tells why a class got what it got, from the log of the scaler',
      load: async () => (await import('../commands/explain-options.ts')).EXPLAIN,
    },
    pause: {
      about: 'launches nothing more for a class, and ends nothing',
      load: async () => (await import('../commands/pause-options.ts')).PAUSE,
    },
    resume: {
      about: 'lets the scaler launch again for a class that is paused',
      load: async () => (await import('../commands/pause-options.ts')).RESUME,
    },
    drain: {
      about: 'stops the launches of fleets in your own AWS account, or lets them launch again',
      load: async () => (await import('../commands/drain-options.ts')).DRAIN,
    },
    secret: {
      about: 'fills a secret of the scaler without showing it',
      load: async () => (await import('../commands/secret-options.ts')).SECRET,
    },
    reconcile: {
      about: 'makes one pass on this machine that changes nothing, and tells what it would do',
      load: async () => (await import('../commands/reconcile-options.ts')).RECONCILE,
    },
    local: {
      about: 'keeps a simulated account on this machine, in which the others act with --local',
      load: async () => (await import('../commands/local-options.ts')).LOCAL,
    },
  },
};

await runProgram(PROGRAM, process.argv.slice(2));
