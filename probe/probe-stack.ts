/** What a probe deploys: one fleet as the product makes it, and a stand-in for CircleCI. */
import {
  aws_secretsmanager as secretsmanager,
  CfnOutput,
  LegacyStackSynthesizer,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Platform } from '../runner-userdata/platforms.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { Fleet } from '../lib/fleet.ts';
import { Network } from '../lib/network.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { OUTPUT } from './names.ts';
import { StandIn } from './stand-in.ts';

export interface ProbeStackProps {
  readonly name: string;
  /** What machines show the stand-in. */
  readonly token: string;
  readonly platform: Platform;
  readonly instanceType: string;
}

/**
 * Network and fleet are the product's constructs, and the machines boot the product's user
 * data with CircleCI's agent: what is measured is what runs. Only the address that the agent asks for
 * tasks is different.
 *
 * Neither the template nor the function is an asset, so nothing is put into the bootstrap bucket: it
 * would stay there. The account needs no bootstrap either.
 */
export class ProbeStack extends Stack {
  constructor(scope: Construct, props: ProbeStackProps) {
    super(scope, props.name, {
      description: 'runner-scaler probe: measures AWS for an hour, then it is removed',
      synthesizer: new InlineSynthesizer(),
    });
    const secret = new secretsmanager.CfnSecret(this, 'Token', {
      // Named, so that it is found when the stack is gone and the secret is not.
      name: props.name,
      description: 'What machines of the probe show the stand-in for CircleCI; opens nothing else',
      secretString: props.token,
    });
    const standIn = new StandIn(this, 'StandIn', { name: props.name, token: props.token });
    const config = probeConfig(props, { circleciUrl: standIn.url, secretArn: secret.ref });
    const [fleet] = config.fleets;
    if (fleet === undefined) throw new Error('the probe has no fleet');
    const network = new Network(this, 'Network', {});
    new Fleet(this, 'Fleet', { config, fleet, network });
    for (const [id, value] of [
      [OUTPUT.group, fleet.group],
      [OUTPUT.standIn, standIn.url],
      [OUTPUT.log, standIn.logGroup],
    ] as const) {
      new CfnOutput(this, id, { value });
    }
    Tags.of(this).add('runner-scaler-probe', props.name);
  }
}

/** The getters say what the CDK's own class means by undefined, which its interface does not allow. */
class InlineSynthesizer extends LegacyStackSynthesizer {
  override get bootstrapQualifier(): string {
    return '';
  }

  override get lookupRole(): string {
    return '';
  }

  override get cloudFormationExecutionRole(): string {
    return '';
  }
}

/** Any account has it: the class is only a word in the log of a machine, the token decides. */
const RESOURCE_CLASS = 'probe/machine';

interface Places {
  readonly circleciUrl: string;
  readonly secretArn: string;
}

/** A config as a user would write it, with the addresses that exist only once it is deployed. */
function probeConfig(props: ProbeStackProps, places: Places): ResolvedConfig {
  const config = resolveConfig({
    name: props.name,
    // There is no scaler to wake.
    wakeUps: false,
    resourceClasses: [
      {
        resourceClass: RESOURCE_CLASS,
        max: 1,
        instanceTypes: [props.instanceType],
        image: props.platform,
        // Longer than any measurement: no machine is to end itself in the middle of one.
        idleTimeoutMinutes: 60,
        maxRunTimeMinutes: 60,
        bootTimeoutMinutes: 15,
      },
    ],
  });
  return {
    ...config,
    fleets: config.fleets.map((fleet) => ({
      ...fleet,
      url: places.circleciUrl,
      token: { existingSecretArn: places.secretArn },
    })),
  };
}
