/** Whether the account may run so many vCPUs as the maxima need, beside what else runs in it. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { ResolvedFleet } from '../../config/resolved-config.ts';
import {
  type Option,
  quotaCodeOf,
  type RunningMachine,
  runningMachines,
  vcpuQuota,
  vcpusOf,
} from '../aws/vcpu-quotas.ts';
import { asked, ok, part, problem, type Said, unknown } from './finding.ts';
import type { Patient } from './patient.ts';

/** What the classes need of one quota. */
interface Need {
  readonly code: string;
  readonly option: Option;
  readonly classes: string[];
  /** Where every machine is of the class's smallest type. */
  least: number;
  /** Where every machine is of the class's largest type. */
  most: number;
}

export async function quota({ account, config }: Patient): Promise<readonly Said[]> {
  const ec2 = new EC2Client(account.client);
  const quotas = new ServiceQuotasClient(account.client);
  const types = [...new Set(config.fleets.flatMap(({ instanceTypes }) => instanceTypes))];
  const vcpus = await vcpusOf(ec2, types);
  const { needs, strange } = needsOf(config.fleets, vcpus);
  const groups = new Set(config.fleets.map(({ group }) => group));
  const running = await asked(async () => runningMachines(ec2));
  const machines = running.known ? running.value : [];
  const others = machines.filter(({ group }) => group === undefined || !groups.has(group));
  const found: Said[] = [...strange];
  const fits: string[] = [];
  for (const need of needs) {
    found.push(
      ...(await part(async () => {
        const limit = await vcpuQuota(quotas, need.code);
        const said = shortOf(need, { limit, besides: against(need, others) });
        if (said === undefined) fits.push(`${need.code}: ${need.least} of ${limit}`);
        return said === undefined ? [] : [said];
      })),
    );
  }
  if (!running.known) found.push(running.said);
  if (found.length > 0) return found;
  return [ok(`the quotas of vCPUs allow every class its maximum (${fits.join('; ')})`)];
}

interface Needs {
  readonly needs: readonly Need[];
  readonly strange: readonly Said[];
}

function needsOf(fleets: readonly ResolvedFleet[], vcpus: ReadonlyMap<string, number>): Needs {
  const needs = new Map<string, Need>();
  const strange: Said[] = [];
  for (const fleet of fleets) {
    const { resourceClass, instanceTypes } = fleet;
    for (const { option, machines } of launchesOf(fleet)) {
      const ofQuotas = new Map<string, number[]>();
      for (const type of instanceTypes) {
        const code = quotaCodeOf(type, option);
        const count = vcpus.get(type);
        if (code === undefined) {
          strange.push(
            unknown(
              `which quota ${type} of ${resourceClass} counts against is not known here`,
              'look at the quotas of EC2 in the console of Service Quotas',
            ),
          );
        } else if (count !== undefined) {
          ofQuotas.set(code, [...(ofQuotas.get(code) ?? []), count]);
        }
      }
      const [[code, counts] = [], another] = ofQuotas;
      if (code === undefined || counts === undefined) continue;
      if (another !== undefined) {
        // They stand in for each other, so that none of the quotas has to hold all.
        const codes = [...ofQuotas.keys()].join(' and ');
        strange.push(
          unknown(
            `the types of ${resourceClass} count against several quotas (${codes}), which are not added up here`,
            'look at these quotas in the console of Service Quotas',
          ),
        );
        continue;
      }
      const need = needs.get(code) ?? { code, option, classes: [], least: 0, most: 0 };
      need.classes.push(resourceClass);
      need.least += machines * Math.min(...counts);
      need.most += machines * Math.max(...counts);
      needs.set(code, need);
    }
  }
  return { needs: [...needs.values()], strange };
}

/** How a fleet at its maximum is bought. */
function launchesOf({
  max,
  purchase,
}: ResolvedFleet): readonly { readonly option: Option; readonly machines: number }[] {
  if (purchase.option === 'on-demand') return [{ option: 'on-demand', machines: max }];
  const base = Math.min(purchase.onDemandBase, max);
  return [
    { option: 'on-demand' as const, machines: base },
    { option: 'spot' as const, machines: max - base },
  ].filter(({ machines }) => machines > 0);
}

/** vCPUs of machines that are none of the scaler's. */
function against({ code, option }: Need, others: readonly RunningMachine[]): number {
  return others
    .filter((each) => each.option === option && quotaCodeOf(each.type, option) === code)
    .reduce((sum, { vcpus }) => sum + vcpus, 0);
}

const IN_WORDS: Readonly<Record<Option, string>> = { 'on-demand': 'on demand', spot: 'of spot' };

interface Quota {
  readonly limit: number;
  /** vCPUs that others run. */
  readonly besides: number;
}

function shortOf(need: Need, { limit, besides }: Quota): Said | undefined {
  const { code, classes, least, most, option } = need;
  const total = least + besides;
  if (total <= limit) return undefined;
  const assumed =
    least === most ? '' : `, if each machine is of its smallest type, and ${most} with the largest`;
  const other = besides === 0 ? '' : `, ${besides} run in the account beside them`;
  const maxima = classes.length === 1 ? 'the maximum' : 'the maxima';
  const verb = classes.length === 1 ? 'needs' : 'need';
  return problem(
    `${maxima} of ${classes.join(', ')} ${verb} ${least} vCPUs ${IN_WORDS[option]}${assumed}${other}, and the account may run ${limit} (quota ${code})`,
    `aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${code} --desired-value ${total}, or lower max`,
  );
}
