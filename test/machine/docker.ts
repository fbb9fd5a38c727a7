import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_FOLDER } from './cloud.ts';

/** Docker on the image, not started. */
export const DOCKER = {
  '/usr/bin/docker': readFileSync(join(AGENT_FOLDER, 'docker'), 'utf8'),
  '/etc/systemd/system/docker.service':
    '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/docker serve\n',
};
