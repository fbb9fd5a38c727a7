/** The log that machines leave behind, where a class is configured so: one stream per machine, named by its id. */
import { Aws, aws_logs as logs, CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { machineLogGroup } from '../config/fleet-names.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';

/** Pattern of the names of its streams: the ids of instances. */
export const MACHINE_LOG_STREAMS = 'i-*';

export class MachineLog extends Construct {
  /** One for the machines of all fleets. */
  readonly log: logs.CfnLogGroup;

  constructor(
    scope: Construct,
    id: string,
    config: Pick<ResolvedConfig, 'logRetentionDays' | 'name'>,
  ) {
    super(scope, id);
    const log = new logs.CfnLogGroup(this, 'Log', {
      logGroupName: machineLogGroup(config.name),
      retentionInDays: config.logRetentionDays,
    });
    // A log group that outlived its stack would block the next stack of the same name.
    this.log = log;
    log.applyRemovalPolicy(RemovalPolicy.DESTROY);
    new CfnOutput(this, 'Read', {
      description: 'Shows what a machine did: put the id of the instance for INSTANCE_ID',
      value:
        `aws logs tail ${log.ref} --log-stream-names INSTANCE_ID ` +
        `--since ${config.logRetentionDays}d --region ${Aws.REGION}`,
    });
  }
}
