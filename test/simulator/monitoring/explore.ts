import { alarmChanges, watchedRun, type Span, type WatchedRunOptions } from '../../../simulator/monitoring/watched-run.ts';
import type { FleetSpec } from '../../../simulator/world/fleet-spec.ts';
import type { Parameters } from '../../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { createWorld } from '../../../simulator/world/world.ts';
import { configOf } from '../../lib/stack-fixture.ts';
import { fleet } from '../world/tiny-world.ts';
import { alarmsOf, WAYS } from './stage.ts';

const START = Date.parse('2026-03-02T09:00:00Z');
const HOUR = 3600;
const CLASS = 'acme/linux';
function stream(every: number, seconds: number, until: number, n = 1): TaskSpec[] {
  return Array.from({ length: Math.floor(until / every) }, (_, k) =>
    Array.from({ length: n }, (_, i) => ({
      id: `task-${k}-${i}`, resourceClass: CLASS, pipeline: 'p', releaseAt: START + 1000 * (60 + k * every), durationMs: 1000 * seconds, after: [],
    }))).flat();
}
function flapping(span: Span, every: number, lasts: number): Span[] {
  const out: Span[] = [];
  for (let from = span.from; from < span.to; from += every) out.push({ from, to: Math.min(from + lasts, span.to) });
  return out;
}
function slots(span: Span, share: number, seconds = 5, seed = 1): Span[] {
  let x = seed * 7919;
  const rnd = () => { x = (x * 1103515245 + 12345) % 2147483648; return x / 2147483648; };
  return flapping(span, seconds, seconds).filter(() => rnd() < share);
}
const T = { from: HOUR + Number(process.env['EDGE'] ?? 0), to: 2.5 * HOUR + Number(process.env['EDGE'] ?? 0) };
interface Scene extends Omit<WatchedRunOptions, 'world'> { tasks?: TaskSpec[]; fleet?: Partial<FleetSpec>; parameters?: Partial<Parameters>; }
const QUIET = stream(300, 120, 4.5 * HOUR);
const S: Record<string, Scene> = {
  'down': { lasts: 5 * HOUR, tasks: QUIET, down: [T] },
  'down one turn in 5': { lasts: 5 * HOUR, tasks: QUIET, down: flapping(T, 300, 60) },
  'passes 4 of 5': { lasts: 5 * HOUR, tasks: QUIET, source: { during: flapping(T, 300, 240), fault: 'ServiceUnavailable' } },
  'passes half': { lasts: 5 * HOUR, tasks: QUIET, source: { during: flapping(T, 120, 60), fault: 'ServiceUnavailable' } },
  'passes third': { lasts: 5 * HOUR, tasks: QUIET, source: { during: flapping(T, 180, 60), fault: 'ServiceUnavailable' } },
  'credential half': { lasts: 5 * HOUR, tasks: QUIET, source: { during: flapping(T, 120, 60), fault: 'Unauthorized' } },
  'credential 2 of 3': { lasts: 5 * HOUR, tasks: QUIET, parameters: { containers: 3 }, source: { during: [T], fault: 'Unauthorized', meets: (n) => n % 3 !== 0 } },
  'credential 1 of 4': { lasts: 5 * HOUR, tasks: QUIET, parameters: { containers: 4 }, source: { during: [T], fault: 'Unauthorized', meets: (n) => n % 4 === 0 } },
  'launch 80%': { lasts: 6 * HOUR, tasks: QUIET, parameters: { noCapacityWindows: slots(T, 0.8) } },
  'launch 80% busy': { lasts: 6 * HOUR, tasks: stream(60, 300, 4 * HOUR, 2), parameters: { noCapacityWindows: slots(T, 0.8) } },
  'launch 80% waves': { lasts: 6 * HOUR, tasks: stream(600, 300, 4 * HOUR, 10), parameters: { noCapacityWindows: slots(T, 0.8) } },
  'launch all': { lasts: 6 * HOUR, tasks: QUIET, parameters: { noCapacityWindows: [T] } },
  'launch flap 4of8': { lasts: 6 * HOUR, tasks: stream(60, 300, 4 * HOUR, 2), parameters: { noCapacityWindows: flapping(T, 480, 240) } },
  'boots fifth quiet': { lasts: 6 * HOUR, tasks: QUIET, parameters: { bootFailureWindows: slots(T, 0.2) } },
  'boots fifth busy': { lasts: 6 * HOUR, tasks: stream(60, 300, 4 * HOUR, 2), parameters: { bootFailureWindows: slots(T, 0.2) } },
  'boots half quiet': { lasts: 6 * HOUR, tasks: QUIET, parameters: { bootFailureWindows: slots(T, 0.5) } },
  'boots all': { lasts: 6 * HOUR, tasks: QUIET, parameters: { bootFailureWindows: [T] } },
  'boots all busy': { lasts: 6 * HOUR, tasks: stream(60, 300, 4 * HOUR, 2), parameters: { bootFailureWindows: [T] } },
  'boots flap 8/12': { lasts: 6 * HOUR, tasks: stream(60, 300, 4 * HOUR, 2), parameters: { bootFailureWindows: flapping(T, 720, 480) } },
  'at max': { lasts: 8 * HOUR, tasks: stream(60, 170, 2.5 * HOUR), fleet: { max: 2 } },
  'at max but a pass each 5': { lasts: 8 * HOUR, tasks: stream(300, 100, 3.5 * HOUR, 4), fleet: { max: 2 } },
  'at max 10 of 15': { lasts: 8 * HOUR, tasks: stream(900, 100, 3.5 * HOUR, 8), fleet: { max: 2 } },
  'excess': { lasts: 5 * HOUR, tasks: stream(HOUR, 60, HOUR), fleet: { idleTimeoutMs: 2 * HOUR * 1000 }, acts: [{ at: HOUR, act: (w) => w.setDesiredCapacity('linux', 5) }] },
  'excess flapping': { lasts: 6 * HOUR, tasks: stream(1200, 240, 3 * HOUR, 4), fleet: { idleTimeoutMs: 2 * HOUR * 1000 }, acts: [{ at: HOUR, act: (w) => w.setDesiredCapacity('linux', 6) }] },
  'excess never registers': { lasts: 8 * HOUR, tasks: stream(60, 300, 3 * HOUR), parameters: { neverRegisters: 0.3 } },
  'suspended': { lasts: 4 * HOUR, acts: [{ at: T.from, act: (w) => w.suspendProcesses('linux', ['Terminate']) }, { at: T.to, act: (w) => w.resumeProcesses('linux', ['Terminate']) }] },
  'suspended flap': { lasts: 4 * HOUR, acts: Array.from({ length: 18 }, (_, n) => [{ at: T.from + n * 300, act: (w: any) => w.suspendProcesses('linux', ['Terminate']) }, { at: T.from + n * 300 + 150, act: (w: any) => w.resumeProcesses('linux', ['Terminate']) }]).flat() },
  'interruptions': { lasts: 6 * HOUR, tasks: stream(60, 900, 2 * HOUR), fleet: { spot: true, max: 30 }, parameters: { spotInterruptions: 2 } },
};
const only = process.argv[2];
const CONTAINERS = (process.env['CONTAINERS'] ?? '1,2,4').split(',').map(Number);
const CONFIG = configOf({ purchase: 'spot', max: Number(process.env['MAX'] ?? 30) });
const ALARMS = alarmsOf(CONFIG);
for (const [name, scene] of Object.entries(S)) {
  if (only && !name.includes(only)) continue;
  for (const containers of CONTAINERS) {
    const { tasks = [], fleet: spec, parameters, ...run } = scene;
    const world = createWorld({ seed: Number(process.env['SEED'] ?? 1), startAt: START, scaler: 'ci', tasks, fleets: [fleet({ max: 30, ...spec })],
      parameters: { containers, ...parameters, ...(process.env['PHASE'] && { schedulePhase: { min: Number(process.env['PHASE']), max: Number(process.env['PHASE']) } }) } });
    const watched = await watchedRun({ world, ...run });
    const found = new Map<string, { ons: Set<number>; offs: Set<number>; flips: number[]; never: number }>();
    for (const way of WAYS) {
      const changes = alarmChanges(ALARMS, watched, way);
      for (const { AlarmName } of ALARMS) {
        const own = changes.filter((c) => c.alarm === AlarmName);
        const f = found.get(AlarmName) ?? { ons: new Set(), offs: new Set(), flips: [], never: 0 };
        found.set(AlarmName, f);
        if (own.length === 0) { f.never += 1; continue; }
        f.ons.add(((own[0]?.at ?? 0) - START) / 60000 - T.from / 60);
        f.offs.add(own.at(-1)?.state === 'OK' ? ((own.at(-1)?.at ?? 0) - START) / 60000 - T.to / 60 : Infinity);
        f.flips.push(own.length / 2);
      }
    }
    for (const [alarm, { ons, offs, flips, never }] of found) {
      if (ons.size === 0) continue;
      const r = (s: Set<number>) => `${Math.min(...s)}..${Math.max(...s)}`;
      console.log(`${name} | ${containers} | ${alarm} | on +${r(ons)} | over +${r(offs)} | times ${Math.min(...flips)}..${Math.max(...flips)} | never ${never}/${WAYS.length}`);
    }
    if ([...found.values()].every((f) => f.ons.size === 0)) console.log(`${name} | ${containers} | nothing`);
  }
}
