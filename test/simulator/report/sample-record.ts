/** A small world that yields a plausible record of one working day, until and beside the real one. */
import type { ClassRecord, RunRecord, Sample } from '../../../simulator/record.ts';

const FROM = Date.UTC(2026, 10, 16, 6);
const HOURS = 14;
const CLASSES = [
  { resourceClass: 'acme/linux', max: 40, perHour: 9, parallel: 9, seconds: 240, price: 0.17 },
  {
    resourceClass: 'acme/linux-large',
    max: 12,
    perHour: 4,
    parallel: 5,
    seconds: 600,
    price: 0.68,
  },
  { resourceClass: 'acme/arm', max: 8, perHour: 1.2, parallel: 2, seconds: 150, price: 0.14 },
] as const;

/** The same day each time. */
export function sampleRecord(): RunRecord {
  const random = generator(HEAD.seed);
  classes ??= CLASSES.map((one) => simulateClass(one, random));
  return { ...HEAD, classes };
}

let classes: readonly ClassRecord[] | undefined;

const HEAD = {
  title: 'A working day of CI pipelines',
  rule: 'runner-scaler',
  seed: 7,
  from: FROM,
  to: FROM + HOURS * 3_600_000,
  interrupted: false,
  invocations: HOURS * 60,
  passes: 4_310,
  functionSeconds: 3_448,
  failedPasses: 3,
  traffic: { events: 8, messages: 12, passes: 300, sends: 60, logBytes: 50_000 },
  calls: { demandReads: 25_860, describes: 4_310, capacityWrites: 962, other: 1 },
};

/** A record in which nothing happened. */
export function emptyRecord(): RunRecord {
  const totals = {
    tasksArrived: 0,
    tasksServed: 0,
    tasksCancelled: 0,
    tasksKilled: 0,
    killedByLowering: 0,
    tasksElsewhere: 0,
    launches: 0,
    neverUsed: 0,
    pendingCancels: 0,
    cancelsByDecrement: 0,
    cancelsByBounds: 0,
    peakInstances: 0,
    instanceSeconds: 0,
    busySeconds: 0,
    idleSeconds: 0,
    machineCost: 0,
  };
  return {
    ...HEAD,
    title: 'Nothing',
    calls: { demandReads: 0, describes: 0, capacityWrites: 0, other: 0 },
    classes: [{ resourceClass: 'acme/quiet', max: 4, samples: [], waits: [], totals }],
  };
}

/** A class whose samples are the given ones and whose totals are those of a small day. */
export function classOf(
  samples: readonly Sample[],
  more: Partial<Omit<ClassRecord, 'samples'>> = {},
): ClassRecord {
  const [quiet] = emptyRecord().classes;
  return {
    resourceClass: 'acme/quiet',
    max: 4,
    waits: [],
    ...quiet,
    ...more,
    samples,
  } as ClassRecord;
}

/** A sample of zeros with the given fields. */
export function sampleAt(at: number, fields: Partial<Sample> = {}): Sample {
  const zeros = {
    unclaimed: 0,
    running: 0,
    desired: 0,
    booting: 0,
    idle: 0,
    busy: 0,
    finishing: 0,
  };
  return { at, ...zeros, ...fields };
}

interface Instance {
  readonly startedAt: number;
  readonly readyAt: number;
  busyUntil: number | undefined;
  goneAt: number | undefined;
  used: boolean;
}

function simulateClass(spec: (typeof CLASSES)[number], random: () => number): ClassRecord {
  const arrivals = pipelines(spec, random);
  const samples: Sample[] = [];
  const waits: number[] = [];
  const queue: number[] = [];
  let group: Instance[] = [];
  let [desired, peak, served, launches, neverUsed, cancelled] = [0, 0, 0, 0, 0, 0];
  let [instanceSeconds, busySeconds, idleSeconds] = [0, 0, 0];
  let next = 0;
  for (let now = 0; now < HOURS * 3600; now++) {
    while ((arrivals[next] ?? Infinity) <= now) queue.push(arrivals[next++] ?? 0);
    if (queue.length > 0 && random() < 0.001) {
      queue.pop();
      cancelled++;
    }
    for (const one of group) {
      if (one.busyUntil !== undefined && one.busyUntil <= now && one.goneAt === undefined) {
        one.goneAt = now + 6;
        desired--;
        served++;
      } else if (!one.used && one.goneAt === undefined && now - one.readyAt > 300) {
        one.goneAt = now + 6;
        desired--;
        neverUsed++;
      }
      if (one.readyAt <= now && !one.used && one.goneAt === undefined && queue.length > 0) {
        waits.push(now - (queue.shift() ?? now));
        one.busyUntil = now + spec.seconds * (0.4 + 1.2 * random());
        one.used = true;
      }
    }
    instanceSeconds += group
      .filter((one) => one.goneAt === now)
      .reduce((sum, one) => sum + now - one.startedAt, 0);
    group = group.filter((one) => one.goneAt === undefined || one.goneAt > now);
    const running = group.filter((one) => one.used && one.goneAt === undefined).length;
    const alive = group.filter((one) => one.goneAt === undefined).length;
    if (now % (queue.length > 0 ? 5 : 60) === 0) {
      const want = Math.min(queue.length + running, spec.max);
      desired = Math.max(want, Math.min(alive, spec.max));
      for (let missing = desired - alive; missing > 0; missing--) {
        launches++;
        group.push({
          startedAt: now,
          readyAt: now + 38 + 30 * random(),
          busyUntil: undefined,
          goneAt: undefined,
          used: false,
        });
      }
    }
    const booting = group.filter((one) => one.readyAt > now).length;
    const finishing = group.filter((one) => one.goneAt !== undefined).length;
    const idle = group.length - booting - finishing - running;
    busySeconds += running;
    idleSeconds += idle;
    peak = Math.max(peak, group.length);
    const sample = {
      at: FROM + now * 1000,
      unclaimed: queue.length,
      running,
      desired,
      booting,
      idle,
      busy: running,
      finishing,
    };
    if (changed(samples.at(-1), sample)) samples.push(sample);
  }
  instanceSeconds += group.reduce((sum, one) => sum + HOURS * 3600 - one.startedAt, 0);
  return {
    resourceClass: spec.resourceClass,
    max: spec.max,
    samples,
    waits,
    totals: {
      tasksArrived: arrivals.length,
      tasksServed: served,
      tasksCancelled: cancelled,
      tasksKilled: 0,
      killedByLowering: 0,
      tasksElsewhere: 0,
      launches,
      neverUsed,
      pendingCancels: 0,
      cancelsByDecrement: 0,
      cancelsByBounds: 0,
      peakInstances: peak,
      instanceSeconds,
      busySeconds,
      idleSeconds,
      machineCost: (instanceSeconds / 3600) * spec.price,
    },
  };
}

/** Seconds at which tasks are released: pipelines of several tasks, most of them about 10:00 and 15:00. */
function pipelines(spec: (typeof CLASSES)[number], random: () => number): readonly number[] {
  const released: number[] = [];
  for (let now = 0; now < (HOURS - 1) * 3600; now += 30) {
    const hour = 6 + now / 3600;
    const bell = (centre: number) => Math.exp(-(((hour - centre) / 2) ** 2));
    const rate = spec.perHour * (bell(10) + 0.9 * bell(15));
    if (random() < rate / 120) {
      const tasks = 1 + Math.floor(random() * 2 * spec.parallel);
      for (let task = 0; task < tasks; task++) released.push(now + Math.floor(random() * 20));
    }
  }
  return released.sort((a, b) => a - b);
}

function changed(before: Sample | undefined, after: Sample): boolean {
  if (before === undefined) return true;
  return Object.entries(after).some(
    ([key, value]) => key !== 'at' && before[key as keyof Sample] !== value,
  );
}

/** Mulberry32: a small seeded generator of numbers from 0 to 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
