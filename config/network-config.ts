/** What a config says of the network. */

/** A VPC that exists. Runners need a way out to the CI system and to the AWS APIs, and none in. */
export interface ExistingNetworkConfig {
  /** Id of the VPC, such as `vpc-0123456789abcdef0`. */
  readonly vpcId: string;

  /**
   * Ids of subnets of that VPC, such as `subnet-0123456789abcdef0`, best in several availability zones.
   * Each needs a NAT gateway, or to give public addresses to what starts in it.
   */
  readonly subnetIds: readonly string[];

  /**
   * Ids of security groups that runners get besides the stack's own, which allows everything out and
   * nothing in; for example one that a database lets in. At most 4. Default: none.
   */
  readonly securityGroupIds?: readonly string[];
}
