/**
 * The pass as it runs in Lambda: on the function's Node.js, with the share of a processor that its memory
 * buys, over TLS. The servers have the rest of the machine.
 */
import { makeAuthority } from '../test/machine/authority.ts';
import { processorShare } from './control-group.ts';
import { passesOf, type Measured, withServers } from './pass.ts';
import { type Row, short, spreadOf } from './table.ts';

/** Megabytes that have one whole processor. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const ONE_PROCESSOR_MB = 1_769;

const MEMORY_MB = [128, 256, 384, 512] as const;
const CLASSES = [10, 100, 1_000] as const;
/** What CircleCI offers. */
const SPEAKS = ['http1', 'http2'] as const;
const PASSES: Readonly<Record<number, number>> = { 10: 15, 100: 9, 1_000: 5 };

/** Aims for a later pass in milliseconds. */
const AIM_MS: Readonly<Record<number, number>> = { 100: 400, 1_000: 2_500 };

export interface Measurable {
  readonly bundle: string;
  /** Where the servers' certificate is made. */
  readonly folder: string;
  readonly node: string;
}

interface Case {
  readonly classes: number;
  readonly speaks: (typeof SPEAKS)[number];
  /** Default: a whole core. */
  readonly memory: number | undefined;
}

export async function measureShares(it: Measurable): Promise<readonly Row[]> {
  const { certificate } = makeAuthority(it.folder, ['localhost']);
  const rows: Row[] = [];
  for (const classes of CLASSES) {
    for (const memory of [...MEMORY_MB, undefined]) {
      for (const speaks of SPEAKS) {
        const each = { classes, speaks, memory };
        rows.push(rowOf(each, await measure(it, each, certificate)));
      }
    }
  }
  return rows;
}

/** @returns why no share of a processor can be had here; undefined if it can */
export function whyNoShares(): string | undefined {
  try {
    processorShare(0.5).close();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function measure(
  { bundle, folder, node }: Measurable,
  { classes, speaks, memory }: Case,
  authority: string,
): Promise<Measured> {
  const share = memory === undefined ? undefined : processorShare(memory / ONE_PROCESSOR_MB);
  try {
    const { measured } = await withServers([String(classes), folder, speaks], async (where) =>
      passesOf({
        bundle,
        passes: PASSES[classes] ?? 5,
        where,
        node,
        flags: flagsFor(memory ?? ONE_PROCESSOR_MB),
        processes: share?.processes,
        authority,
      }),
    );
    return measured;
  } finally {
    share?.close();
  }
}

/** As Lambda's own start script gives them: a tenth of the memory for young objects, and the rest for old ones. */
function flagsFor(memory: number): readonly string[] {
  const young = Math.floor(memory / 10);
  return [
    `--max-semi-space-size=${Math.floor(young / 2)}`,
    `--max-old-space-size=${memory - young}`,
  ];
}

function rowOf(
  { classes, speaks, memory }: Case,
  { firstMs, wallMs, cpuMs, peakMb, failed }: Measured,
): Row {
  const aim = AIM_MS[classes];
  const share = memory === undefined ? '' : ` (${Math.round((100 * peakMb) / memory)} %)`;
  const paid = wallMs.map((ms) => (memory ?? ONE_PROCESSOR_MB) * (ms / 1024));
  return [
    `${classes} classes, ${speaks}, ${memory === undefined ? 'a whole core' : `${memory} MB`}`,
    `${spreadOf(wallMs)} ms`,
    [
      `first ${short(firstMs)} ms`,
      `CPU ${spreadOf(cpuMs)} ms`,
      `peak ${short(peakMb)} MB${share}`,
      ...(memory === undefined ? [] : [`${spreadOf(paid)} thousandths of a GB-second`]),
      ...(aim === undefined ? [] : [`aim: at most ${aim} ms`]),
      ...(failed > 0 ? [`${failed} passes FAILED`] : []),
    ].join('; '),
  ];
}
