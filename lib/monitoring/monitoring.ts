/** What watches the scaler: alarms with their topic, the dashboard, and saved queries of the log. */
import type { aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ResolvedConfig } from '../../config/resolved-config.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';
import { Queries } from './queries.ts';

export interface MonitoringProps {
  readonly config: ResolvedConfig;
  readonly function: lambda.IFunction;
  readonly log: logs.CfnLogGroup;
}

export class Monitoring extends Construct {
  /** Undefined where nobody is to be told. */
  readonly alarms: Alarms | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { config, log } = props;
    const { name } = config;
    const { functionName } = props.function;
    const { alarms, dashboard } = config.monitoring;
    this.alarms = alarms && new Alarms(this, 'Alarms', { config, alarms, functionName });
    if (!dashboard) return;
    new Queries(this, 'Queries', { name, log });
    new Dashboard(this, 'Board', {
      config,
      functionName,
      logGroupName: log.ref,
      alarms: this.alarms,
    });
  }
}
