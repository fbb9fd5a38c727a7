/** What a function in the VPC adds to the ledger. */
import type { Line } from './line.ts';

/** @param name of the function, in the words of the ledger */
export function interfaceLines(name: string): readonly Line[] {
  return PURPOSES.flatMap(([action, purpose]) => [
    {
      action: `ec2:${action}`,
      resource: '*',
      why: `Only with \`network.scaler\`: Lambda connects the function to the VPC with the role's rights: ${purpose}.`,
      whyEverything:
        'AWS asks for `*`: interfaces are made and named by Lambda, and with less the function may not reach the VPC',
    },
    {
      action: `not ec2:${action}`,
      resource: '*',
      condition: `ArnEquals lambda:SourceFunctionArn = ${name}`,
      why: "Only with `network.scaler`: the right is Lambda's alone, not of the function's code.",
    },
  ]);
}

const PURPOSES: readonly (readonly [action: string, purpose: string])[] = [
  ['AssignPrivateIpAddresses', 'more functions share an interface'],
  ['CreateNetworkInterface', 'the function gets an interface in each subnet and security group'],
  ['DeleteNetworkInterface', 'the interfaces go with the function'],
  ['DescribeNetworkInterfaces', 'Lambda waits for an interface, and finds one to share'],
  ['DescribeSubnets', 'Lambda finds the zone and the free addresses of a subnet'],
  ['UnassignPrivateIpAddresses', 'fewer functions share an interface'],
];
