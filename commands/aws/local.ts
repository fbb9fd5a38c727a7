/** The simulated account that `runner-scaler local` keeps on this machine, as commands reach it. */

export const DEFAULT_LOCAL_PORT = 4580;
export const DEFAULT_LOCAL_URL = `http://127.0.0.1:${DEFAULT_LOCAL_PORT}`;

/** The emulators take any signature. None of these means anything outside them. */
export const LOCAL_CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;
