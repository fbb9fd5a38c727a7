/** How long one look takes, and what it costs, by the number of classes. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SCHEDULE_EVENT } from '../lambda/scaler/contract.ts';
import { type Row, short, spreadOf } from './table.ts';

const CLASSES = [1, 10, 100, 1_000] as const;
const LOOKS = 9;

/** Aims for the whole look in milliseconds, where there is one. */
const AIM_MS: Readonly<Record<number, number>> = { 100: 500, 1_000: 3_500 };

interface Measured {
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly peakMb: number;
}

/** Each number of classes gets fresh servers and a fresh process with the bundle as deployed. */
export async function measureLooks(bundle: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const classes of CLASSES) {
    const servers = spawn(
      process.execPath,
      ['--import', 'tsx', 'bench/look-servers.ts', String(classes)],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    try {
      const [line] = (await once(servers, 'message')) as [string];
      const { circleci, aws } = JSON.parse(line) as { circleci: string; aws: string };
      const measured = lookAt({ bundle, circleci, aws });
      servers.send('calls');
      const [calls] = (await once(servers, 'message')) as [number];
      rows.push(...rowsOf(classes, measured, calls));
    } finally {
      servers.kill();
    }
  }
  return rows;
}

function rowsOf(
  classes: number,
  { wallMs, cpuMs, peakMb }: Measured,
  calls: number,
): readonly Row[] {
  const aim = AIM_MS[classes];
  // One call is for the secret, once per process.
  const perLook = (calls - 1) / (LOOKS + 1);
  const least = 2 * classes + Math.ceil(classes / 100);
  return [
    [
      `${classes} classes: wall time`,
      `${spreadOf(wallMs)} ms`,
      aim ? `aim: at most ${aim} ms` : '',
    ],
    [`${classes} classes: CPU per class`, `${spreadOf(cpuMs.map((ms) => ms / classes))} ms`, ''],
    [`${classes} classes: calls`, short(perLook), `2N + N/100 = ${least}`],
    [
      `${classes} classes: peak memory`,
      `${short(peakMb)} MB`,
      classes === 1_000 ? 'aim: at most 100 MB' : '',
    ],
  ];
}

/** Runs the deployed bundle in a process of its own: one look to warm up, then the measured ones. */
function lookAt(where: { bundle: string; circleci: string; aws: string }): Measured {
  const script = `
    const { handler } = require(${JSON.stringify(where.bundle)});
    const event = ${JSON.stringify(SCHEDULE_EVENT)};
    const context = { getRemainingTimeInMillis: () => 60000, awsRequestId: 'bench' };
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = () => true;
    (async () => {
      await handler(event, context);
      const wallMs = [], cpuMs = [];
      for (let look = 0; look < ${LOOKS}; look += 1) {
        const cpu = process.cpuUsage(), start = performance.now();
        await handler(event, context);
        wallMs.push(performance.now() - start);
        const used = process.cpuUsage(cpu);
        cpuMs.push((used.user + used.system) / 1000);
      }
      write(JSON.stringify({ wallMs, cpuMs, peakMb: process.resourceUsage().maxRSS / 1024 }), () => process.exit(0));
    })();`;
  const answer = execFileSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: {
      AWS_ENDPOINT_URL: where.aws,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      RUNNER_SCALER_NAME: 'bench',
      RUNNER_SCALER_CIRCLECI_URL: where.circleci,
      RUNNER_SCALER_TOKEN_SECRET: 'token',
      RUNNER_SCALER_BUSY_INTERVAL_SECONDS: '0',
    },
  });
  return JSON.parse(answer) as Measured;
}
