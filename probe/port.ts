/** What the measurements ask of an account: the group, its machines, and the stand-in for CircleCI. */

/** One instance as its group lists it. */
export interface Listed {
  readonly id: string;
  /** Auto Scaling's lifecycle state, such as `Pending:Wait`. */
  readonly lifecycle: string;
}

export interface ProbedFleet {
  /** Milliseconds since the epoch, by the clock that all moments of a run use. */
  now(): number;
  /** @throws whatever the run was stopped with, when it is stopped meanwhile */
  sleep(ms: number): Promise<void>;
  /** The instances of the group, those that end included. */
  instances(): Promise<readonly Listed[]>;
  /** EC2's state of a machine, such as `running`; undefined when EC2 does not know it. */
  machineState(id: string): Promise<string | undefined>;
  setDesiredCapacity(desired: number): Promise<void>;
  /** How many instances the group wants. */
  desiredCapacity(): Promise<number>;
  /** The zones in which the group may launch. */
  zones(): Promise<readonly string[]>;
  /**
   * Launches one machine into the group with `LaunchInstances`, which answers when EC2 has given it.
   *
   * @returns the id of its instance
   * @throws NotMeasured when AWS refuses the call, or launches nothing
   */
  launchIn(zone: string): Promise<string>;
  /** Ends an instance through its group. */
  terminate(id: string, options: { readonly decrement: boolean }): Promise<void>;
  /** Makes a machine stop by itself: its group is not told. */
  stopMachine(id: string): Promise<void>;
  /**
   * When a machine's agent first asked for a task; undefined as long as it is not known to have.
   *
   * @throws NotMeasured when this cannot be had at all
   */
  firstClaimAt(id: string): Promise<number | undefined>;
}

/** Thrown where one figure cannot be had; the message completes "not measured: ". The run goes on. */
export class NotMeasured extends Error {
  override readonly name = 'NotMeasured';
}
