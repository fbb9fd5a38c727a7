/** Options of the commands that act in an AWS account. */
import { flag, matching, maybe, type Option, text, withDefault } from '../../cli/option.ts';
import { httpUrl } from '../../lambda/scaler/contract.ts';
import { DEFAULT_LOCAL_URL } from './local.ts';

export const REGION = matching(
  '--region <region>',
  'default: that of the environment or the profile',
  {
    pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
    allowed: 'the name of a region, such as us-east-1',
  },
);

/** The address of a simulated account; undefined: AWS itself. */
const LOCAL: Option<string | undefined> = {
  ...maybe(
    '--local [address]',
    `act in the simulated account of runner-scaler local; default ${DEFAULT_LOCAL_URL}`,
    {
      otherwise: DEFAULT_LOCAL_URL,
      read: (value) => httpUrl(value),
      allowed: 'an http address, such as http://127.0.0.1:4580',
    },
  ),
  excludes: 'region',
};

/** Which scaler, and where it is. */
export const WHERE = {
  config: withDefault(text('--config <file>', 'the config of the scaler'), 'config.ts'),
  region: REGION,
  local: LOCAL,
};

export interface Where {
  readonly config: string;
  /** Undefined: what the environment or the profile names. */
  readonly region: string | undefined;
  readonly local: string | undefined;
}

export const JSON_OUTPUT = flag('--json', 'print the result as JSON');

/** What else has to be typed to mean the same scaler, such as ` --config staging.ts`. */
export function typedAgain({ config, region, local }: Where): string {
  return [
    config === 'config.ts' ? '' : ` --config ${config}`,
    region === undefined ? '' : ` --region ${region}`,
    local === undefined ? '' : local === DEFAULT_LOCAL_URL ? ' --local' : ` --local ${local}`,
  ].join('');
}
