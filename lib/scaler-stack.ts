/** Everything one `cdk deploy` creates. */
import { Annotations, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { metadataOf } from './config-record.ts';
import { Fleet } from './fleet.ts';
import { MachineLog } from './machine-log.ts';
import { routesOfMachines } from './needed-routes.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { Network } from './network.ts';
import { regionInWords } from './region-in-words.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import { RegistrarFunction } from './registrar-function.ts';
import { ScalerFunction } from './scaler-function.ts';
import { WebhookFunction } from './webhook-function.ts';

/**
 * One scaler with its fleets. Account and region are those of the credentials at deployment: the
 * template names neither, so making it needs none.
 *
 * The ids of the constructs are a public contract: another id is another resource, and CloudFormation would
 * replace the old one together with what runs on it.
 */
export class ScalerStack extends Stack {
  /** The function with its schedule, queue and log. */
  readonly scaler: ScalerFunction;
  /** What registers the runners of GitHub; undefined without any. */
  readonly registrar: RegistrarFunction | undefined;
  /** What GitHub tells of jobs; undefined where it is not to. */
  readonly webhook: WebhookFunction | undefined;
  /** One fleet per resource class, in the order of `ResolvedConfig`. */
  readonly fleets: readonly Fleet[];
  /** The log of machines; undefined where no class keeps one. */
  readonly machineLog: MachineLog | undefined;
  /** Alarms and the dashboard, where they are on. */
  readonly monitoring: Monitoring;

  constructor(scope: Construct, config: ResolvedConfig, props: StackProps = {}) {
    super(scope, config.name, {
      description: `runner-scaler ${config.name}: EC2 runners for queued CI jobs`,
      ...props,
    });
    this.templateOptions.metadata = metadataOf(config);
    const network = new Network(this, 'Network', {
      ...(config.network && { existing: config.network }),
    });
    const routes = routesOfMachines(config, regionInWords(this));
    if (routes !== undefined) Annotations.of(network).addInfoV2('runner-scaler:routes', routes);
    this.scaler = new ScalerFunction(this, 'Scaler', config);
    this.machineLog = config.fleets.some(({ machineLogs }) => machineLogs)
      ? new MachineLog(this, 'Machines', config)
      : undefined;
    const { github } = this.scaler;
    this.registrar =
      config.github && github
        ? new RegistrarFunction(this, 'Registrar', { config, github: config.github, ...github })
        : undefined;
    this.webhook =
      config.github?.webhook === true && github
        ? new WebhookFunction(this, 'Webhook', { config, settings: github.settings })
        : undefined;
    const { registrar } = this;
    this.fleets = config.fleets.map(
      (fleet) =>
        new Fleet(this, fleetId(fleet.resourceClass), {
          config,
          fleet,
          network,
          ...(registrar && { registrar }),
        }),
    );
    this.monitoring = new Monitoring(this, 'Monitoring', {
      config,
      function: this.scaler.function,
      log: this.scaler.log,
    });
    // A linter of templates does not know tags of a dashboard: they are too new to rely on in every Region.
    const excludeResourceTypes = ['AWS::CloudWatch::Dashboard'];
    Object.entries(config.tags).forEach(([key, value]) =>
      Tags.of(this).add(key, value, { excludeResourceTypes }),
    );
  }
}

/** A slash separates constructs. Classes that differ in nothing but a slash for a dot are refused; see `sameNames`. */
function fleetId(resourceClass: string): string {
  return `Fleet-${resourceClass.replaceAll('/', '.')}`;
}
