/** What a config says of the network. */

/** A VPC that exists. Runners need a way out to the CI system and to the AWS APIs, and none in. */
export interface ExistingNetworkConfig {
  /** Id of the VPC, such as `vpc-0123456789abcdef0`. */
  readonly vpcId: string;

  /**
   * Ids of subnets of that VPC, such as `subnet-0123456789abcdef0`, best in several availability zones.
   * Each needs a NAT gateway, a proxy with endpoints, or to give public addresses to what starts in it.
   */
  readonly subnetIds: readonly string[];

  /**
   * Ids of security groups that runners get besides the stack's own, which allows everything out and
   * nothing in; for example one that a database lets in. At most 4. Default: none.
   */
  readonly securityGroupIds?: readonly string[];

  /**
   * The subnets have no IPv4: machines reach the metadata of EC2 by IPv6, and what has no IPv6 address by NAT64 and
   * DNS64 only. Default: false.
   */
  readonly ipv6Only?: boolean;

  /**
   * Run the function in this VPC too, because the CI system is reached from there only. Default: it runs outside, with
   * a way to the internet.
   */
  readonly scaler?: ScalerNetworkConfig;
}

/** Where the function runs. docs/private-networks.md says what it has to reach from there. */
export interface ScalerNetworkConfig {
  /**
   * Ids of up to 16 subnets of the VPC. They have to be private: a function gets no public address, so a public
   * subnet gives it no way to the internet. Each needs IPv4 addresses, because Lambda takes no IPv6-only subnet.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  readonly subnetIds: readonly string[];

  /**
   * Ids of security groups that the function gets besides the stack's own, which allows everything out and nothing
   * in. At most 4. Default: none.
   */
  readonly securityGroupIds?: readonly string[];

  /** Let the function use IPv6 too; all its subnets must then have both. Default: false. */
  readonly dualStack?: boolean;
}

/** An HTTP proxy through which function, machines and jobs leave the network. */
export interface ProxyConfig {
  /**
   * http or https URL with its port, such as `http://proxy.example.com:3128`. Without user name and password: the
   * user data of a launch template is readable by everybody who may describe it.
   */
  readonly url: string;

  /**
   * Hosts that are called directly: host names, each meaning itself and all names below it, and IP addresses. At most
   * 30. The machine itself and the metadata of EC2 are always called directly. Default: no other.
   */
  readonly noProxy?: readonly string[];
}
