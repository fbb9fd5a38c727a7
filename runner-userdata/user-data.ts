/** From a fleet's options to the user data of its machines, for every operating system. */
import { linuxUserData } from './linux/render.ts';
import type { Known, UserDataOptions } from './options.ts';
import { type OperatingSystem, PLATFORMS } from './platforms.ts';

/**
 * Greatest size EC2 takes, in bytes before base64.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
 */
export const USER_DATA_LIMIT_BYTES = 16_384;

/** Bytes where they need no change any more; text where CDK tokens have to be found in it. */
type Writer = (options: UserDataOptions, known: Known) => Buffer | string;

/** Windows would be the next entry, with a folder `windows/` beside `linux/` that does the same steps. */
const WRITERS: Readonly<Record<OperatingSystem, Writer>> = { linux: linuxUserData };

/** @throws Error when an option holds a NUL character, which no script can carry */
export function userData(options: UserDataOptions, known: Known): Buffer | string {
  return WRITERS[PLATFORMS[options.platform].operatingSystem](options, known);
}
