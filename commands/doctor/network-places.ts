/** What stands in a network of the user's own, by the config: where, and what it has to reach from there. */
import { isStock } from '../../config/read-network.ts';
import type {
  ResolvedConfig,
  ResolvedFleet,
  ResolvedNetwork,
} from '../../config/resolved-config.ts';
import { needsOfMachines, needsOfScaler, type Needs, waysTo } from '../../lib/needed-routes.ts';

/** What the boot installs may be in such an image. */
const hasOwnImage = (fleet: ResolvedFleet) => !isStock(fleet);

export interface Place {
  /** `runners` or `functions`. */
  readonly who: 'runners' | 'functions';
  /** The part of the config that names it. */
  readonly option: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** The ids of the stack's own groups begin so in the template. */
  readonly ownGroups: RegExp;
  readonly ip: 'ipv4' | 'ipv6-only' | 'dual-stack';
  /** Without what the proxy is asked for. */
  readonly needs: Needs;
}

export function placesOf(
  config: ResolvedConfig,
  network: ResolvedNetwork,
  region: string,
): readonly Place[] {
  const { vpcId, subnetIds, securityGroupIds, ipv6Only, scaler } = network;
  const runners: Place = {
    who: 'runners',
    option: 'network',
    vpcId,
    subnetIds,
    securityGroupIds,
    ownGroups: /^NetworkRunnerSecurityGroup/,
    ip: ipv6Only ? 'ipv6-only' : 'ipv4',
    needs: waysTo(needsOfMachines(config, region, hasOwnImage), config, region).direct,
  };
  if (scaler === undefined) return [runners];
  return [
    runners,
    {
      who: 'functions',
      option: 'network.scaler',
      vpcId,
      subnetIds: scaler.subnetIds,
      securityGroupIds: scaler.securityGroupIds,
      ownGroups: /^(Scaler|Registrar).*SecurityGroup/,
      ip: scaler.dualStack ? 'dual-stack' : 'ipv4',
      needs: waysTo(needsOfScaler(config), config, region).direct,
    },
  ];
}
