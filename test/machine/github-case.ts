/** One case of a machine whose agent is GitHub's runner. */
import { gzipSync } from 'node:zlib';
import { REGISTRAR_TAG } from '../../runner-userdata/linux/agents/github/settings.ts';
import { renderScript } from '../../runner-userdata/linux/render.ts';
import type { UserDataOptions } from '../../runner-userdata/options.ts';
import { type CaseOptions, machineCase } from './case.ts';
import { listenerOf, REGISTRAR_URL, SPAWN_CLIENT } from './github.ts';
import type { Machine } from './machine.ts';
import { shortOptions } from './user-data.ts';

export const HOME = '/opt/actions-runner';

const AGENT = { source: 'github', gitHubUrl: 'https://github.com' } as const;

interface GitHubCase extends CaseOptions {
  readonly more?: Partial<UserDataOptions>;
  /** Version of the runner that the image has. Default: none. */
  readonly baked?: string;
  /** A text of the script, and what stands in its place. */
  readonly change?: readonly [string, string];
}

/** Says that the libraries are there, which stock images have and this root file system may not. */
export const LDCONFIG = `#!/bin/bash
echo libicuuc.so.74 libssl.so.3 libgssapi_krb5.so.2 libz.so.1 libstdc++.so.6
`;

function bakedFiles(version: string): Readonly<Record<string, string>> {
  return {
    [`${HOME}/bin/Runner.Listener`]: listenerOf(version),
    [`${HOME}/bin/spawnclient`]: SPAWN_CLIENT,
    [`${HOME}/externals/node20/bin/node`]: '#!/bin/sh\n',
    [`${HOME}/.runner`]: 'of another runner',
    [`${HOME}/.credentials`]: 'of another runner',
    '/etc/systemd/system/actions.runner.acme.baked.service':
      '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n',
  };
}

const BAKE = `
cp /bin/bash ${HOME}/bin/Runner.Worker
useradd --create-home ubuntu || :
chown -R ubuntu: ${HOME}
systemctl enable actions.runner.acme.baked.service
`;

export function gitHubCase(
  name: string,
  { more = {}, baked, change = ['', ''], ...options }: GitHubCase,
  story: (machine: Machine) => Promise<void>,
): void {
  machineCase(
    `GitHub: ${name}`,
    {
      userData: () => gzipSync(renderScript(shortOptions(AGENT, more)).replace(...change)),
      agentOnImage: false,
      ...options,
      ...(baked !== undefined && { prepare: BAKE }),
      files: {
        '/usr/local/sbin/ldconfig': LDCONFIG,
        ...(baked !== undefined && bakedFiles(baked)),
        ...options.files,
      },
    },
    async (machine) => {
      machine.cloud.metadata.set(`tags/instance/${REGISTRAR_TAG}`, REGISTRAR_URL);
      await story(machine);
    },
  );
}

/** A step of a job. */
export const METADATA =
  'curl -s -o /dev/null -m 3 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token || echo closed $?';
