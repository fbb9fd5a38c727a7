/** What a group has of machines, in numbers. */
import type { OperatedGroup } from './aws/groups.ts';

export interface Capacity {
  readonly present: number;
  readonly serving: number;
  readonly booting: number;
  readonly ending: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

export function capacityOf({ machines, desired, min, max }: OperatedGroup): Capacity {
  const count = (stage: OperatedGroup['machines'][number]['stage']) =>
    machines.filter((machine) => machine.stage === stage).length;
  const [serving, booting, ending] = [
    count('serves') + count('is-done'),
    count('boots'),
    count('ends'),
  ];
  return { present: serving + booting, serving, booting, ending, desired, min, max };
}
