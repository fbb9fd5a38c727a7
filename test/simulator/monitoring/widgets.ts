/** The widgets of the dashboard of a config, with stand-ins for what only a deployment knows. */
import type { ScalerConfig } from '../../../config/scaler-config.ts';
import { resourcesOf } from '../../../lib/template.ts';
import { FUNCTION_NAME } from '../../../simulator/monitoring/watched-run.ts';
import type { Widget } from './draw-dashboard.ts';

export function widgetsOf(config: ScalerConfig): readonly Widget[] {
  const board = Object.values(resourcesOf(config)).find(
    ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
  );
  if (board === undefined) throw new Error('the config has no dashboard');
  const { 'Fn::Join': joined } = board.Properties['DashboardBody'] as {
    readonly 'Fn::Join': readonly [string, readonly unknown[]];
  };
  const body = joined[1].map((part) => (typeof part === 'string' ? part : nameOf(part))).join('');
  return (JSON.parse(body) as { readonly widgets: readonly Widget[] }).widgets;
}

function nameOf(reference: unknown): string {
  const text = JSON.stringify(reference);
  if (text.includes('ScalerFunction')) return FUNCTION_NAME;
  if (text.includes('AWS::Region')) return 'eu-central-1';
  return text.includes('ScalerLog') ? '/runner-scaler/ci' : 'arn';
}
