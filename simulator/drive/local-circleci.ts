/** A CircleCI on this machine, in front of the world. */
import { circleCiEmulator } from '../emulators/circleci.ts';
import { type RunningServer, serve } from '../emulators/server.ts';
import type { World } from '../world/world.ts';

export interface LocalCircleCiOptions {
  readonly world: World;
  /** The classes that it has. */
  readonly resourceClasses: ReadonlySet<string>;
  readonly token: string;
  /** Whether it answers its API of fleets; a Server need not. Default: true. */
  readonly answersFleets?: boolean;
  /** Told of each request. */
  readonly onRequest: () => void;
}

export async function localCircleCi(options: LocalCircleCiOptions): Promise<RunningServer> {
  const { world, resourceClasses, token, answersFleets = true, onRequest } = options;
  const answer = circleCiEmulator({
    counts: {
      resourceClasses,
      readRunning: (resourceClass) => world.readRunning(resourceClass),
      readUnclaimed: (resourceClass) => world.readUnclaimed(resourceClass),
    },
    token,
    fleets: answersFleets,
  });
  return serve((request) => {
    onRequest();
    return answer(request);
  });
}
