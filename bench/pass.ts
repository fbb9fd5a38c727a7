/** How long one pass takes, and what it costs, by the number of classes. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import {
  encodeSettings,
  MOST_PASS_INTERVAL_SECONDS,
  SCHEDULE_EVENT,
} from '../lambda/scaler/contract.ts';
import { type Row, short, spreadOf } from './table.ts';

const CLASSES = [1, 10, 100, 1_000] as const;
const PASSES = 9;

/** Aims for the whole pass in milliseconds, where there is one. */
const AIM_MS: Readonly<Record<number, number>> = { 100: 500, 1_000: 3_500 };

export interface Measured {
  readonly firstMs: number;
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly peakMb: number;
  /** Passes that failed, or did not end in time. */
  readonly failed: number;
}

interface Where {
  readonly circleci: string;
  readonly aws: string;
}

interface PassOptions {
  readonly bundle: string;
  readonly passes: number;
  readonly where: Where;
  readonly node: string;
  readonly flags?: readonly string[];
  /** Where the process enters its share of a processor. Default: it has a whole one. */
  readonly processes?: string | undefined;
  /** Path of a certificate that is trusted. */
  readonly authority?: string;
}

/** Each number of classes gets fresh servers and a fresh process with the bundle as deployed. */
export async function measurePasses(bundle: string, node: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const classes of CLASSES) {
    const { measured, calls } = await withServers([String(classes)], async (where) =>
      passesOf({ bundle, passes: PASSES, where, node }),
    );
    rows.push(...rowsOf(classes, measured, calls));
  }
  return rows;
}

/** Starts the servers for one measurement, and ends them after it. */
export async function withServers(
  args: readonly string[],
  measure: (where: Where) => Promise<Measured>,
): Promise<{ readonly measured: Measured; readonly calls: number }> {
  const servers = spawn(process.execPath, ['--import', 'tsx', 'bench/pass-servers.ts', ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [line] = (await once(servers, 'message')) as [string];
    const measured = await measure(JSON.parse(line) as Where);
    servers.send('calls');
    const [calls] = (await once(servers, 'message')) as [number];
    return { measured, calls };
  } finally {
    servers.kill();
  }
}

function rowsOf(
  classes: number,
  { wallMs, cpuMs, peakMb }: Measured,
  calls: number,
): readonly Row[] {
  const aim = AIM_MS[classes];
  // One call is for the secret, once per process.
  const perPass = (calls - 1) / (PASSES + 1);
  const least = 2 * classes + Math.ceil(classes / 100);
  return [
    [
      `${classes} classes: wall time`,
      `${spreadOf(wallMs)} ms`,
      aim ? `aim: at most ${aim} ms` : '',
    ],
    [`${classes} classes: CPU per class`, `${spreadOf(cpuMs.map((ms) => ms / classes))} ms`, ''],
    [`${classes} classes: calls`, short(perPass), `2N + N/100 = ${least}`],
    [
      `${classes} classes: peak memory`,
      `${short(peakMb)} MB`,
      classes === 1_000 ? 'aim: at most 100 MB' : '',
    ],
  ];
}

/**
 * Runs the deployed bundle in a separate process: one pass to warm up, then the measured ones. It is loaded
 * before it enters its group: Lambda gives a function a whole processor until it has started.
 */
export async function passesOf(options: PassOptions): Promise<Measured> {
  const { bundle, passes, where, node, flags = [], processes } = options;
  const script = `
    const { handler } = require(${JSON.stringify(bundle)});
    const event = ${JSON.stringify(SCHEDULE_EVENT)};
    const context = { getRemainingTimeInMillis: () => 60000, awsRequestId: 'bench' };
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = () => true;
    ${processes ? `require('fs').writeFileSync(${JSON.stringify(processes)}, String(process.pid));` : ''}
    (async () => {
      const wallMs = [], cpuMs = [];
      let failed = 0;
      for (let pass = 0; pass <= ${passes}; pass += 1) {
        const cpu = process.cpuUsage(), start = performance.now();
        await handler(event, context).catch(() => (failed += 1));
        wallMs.push(performance.now() - start);
        const used = process.cpuUsage(cpu);
        cpuMs.push((used.user + used.system) / 1000);
      }
      const peakMb = process.resourceUsage().maxRSS / 1024;
      const firstMs = wallMs.shift();
      cpuMs.shift();
      write(JSON.stringify({ firstMs, wallMs, cpuMs, peakMb, failed }), () => process.exit(0));
    })();`;
  // Not synchronously: the servers' process must be heard meanwhile.
  const { stdout } = await promisify(execFile)(node, [...flags, '-e', script], {
    env: {
      AWS_ENDPOINT_URL: where.aws,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...encodeSettings({
        name: 'bench',
        sources: {
          // What the function can, not what it is allowed.
          circleci: { url: where.circleci, api: 'counts', callsPerSecond: 0, tokenSecret: 'token' },
        },
        passIntervalSeconds: MOST_PASS_INTERVAL_SECONDS,
        queueUrl: undefined,
        metrics: true,
        dryRun: false,
      }),
      ...(options.authority && { NODE_EXTRA_CA_CERTS: options.authority }),
    },
  });
  return JSON.parse(stdout) as Measured;
}
