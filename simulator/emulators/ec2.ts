/**
 * EC2 as far as the doctor asks it: images, instance types and where they are offered, subnets with their routes, and
 * endpoints of a VPC. Filters are not applied, so that whoever asks must not count on them.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html
 */
import type { Request, Response } from './server.ts';

export interface Ec2State {
  /** By id. */
  readonly images: Map<
    string,
    { readonly architecture: 'x86_64' | 'arm64'; readonly state: string }
  >;
  readonly types: Map<string, { readonly vcpus: number; readonly zones: readonly string[] }>;
  /** By id. */
  readonly subnets: Map<string, SubnetState>;
  /** Service names, such as `com.amazonaws.us-east-1.secretsmanager`. */
  readonly endpoints: Set<string>;
}

export interface SubnetState {
  readonly vpcId: string;
  readonly zone: string;
  readonly givesPublicAddress: boolean;
  /** Target of the default route, such as `igw-1` or `nat-1`; undefined: there is none. */
  readonly defaultRoute: string | undefined;
}

type Xml =
  string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

export function ec2Emulator(state: Ec2State) {
  const actions: Readonly<Record<string, (form: URLSearchParams) => Xml | Response>> = {
    DescribeImages(form) {
      const ids = listed(form, 'ImageId');
      const missing = ids.find((id) => !state.images.has(id));
      if (missing !== undefined) {
        return refusal('InvalidAMIID.NotFound', `The image id '[${missing}]' does not exist`);
      }
      return {
        imagesSet: ids.map((imageId) => ({
          imageId,
          imageState: state.images.get(imageId)?.state,
          architecture: state.images.get(imageId)?.architecture,
        })),
      };
    },
    DescribeInstanceTypes(form) {
      const asked = listed(form, 'InstanceType');
      const unknown = asked.filter((type) => !state.types.has(type));
      if (unknown.length > 0) {
        return refusal(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
        );
      }
      return {
        instanceTypeSet: asked.map((instanceType) => ({
          instanceType,
          vCpuInfo: { defaultVCpus: state.types.get(instanceType)?.vcpus },
        })),
      };
    },
    DescribeInstanceTypeOfferings: () => ({
      instanceTypeOfferingSet: [...state.types].flatMap(([instanceType, { zones }]) =>
        zones.map((location) => ({
          instanceType,
          location,
          locationType: 'availability-zone',
        })),
      ),
    }),
    DescribeSubnets(form) {
      const ids = listed(form, 'SubnetId');
      const missing = ids.find((id) => !state.subnets.has(id));
      if (missing !== undefined) {
        return refusal('InvalidSubnetID.NotFound', `The subnet ID '${missing}' does not exist`);
      }
      return {
        subnetSet: ids.map((subnetId) => ({
          subnetId,
          vpcId: state.subnets.get(subnetId)?.vpcId,
          availabilityZone: state.subnets.get(subnetId)?.zone,
          mapPublicIpOnLaunch: state.subnets.get(subnetId)?.givesPublicAddress,
        })),
      };
    },
    DescribeRouteTables: () => ({
      routeTableSet: [...state.subnets].map(([subnetId, { vpcId, defaultRoute }]) => ({
        routeTableId: `rtb-${subnetId}`,
        vpcId,
        associationSet: [{ subnetId, main: false }],
        routeSet: [
          { destinationCidrBlock: '10.0.0.0/16', gatewayId: 'local', state: 'active' },
          ...(defaultRoute === undefined
            ? []
            : [
                {
                  destinationCidrBlock: '0.0.0.0/0',
                  state: 'active',
                  [defaultRoute.startsWith('nat-') ? 'natGatewayId' : 'gatewayId']: defaultRoute,
                },
              ]),
        ],
      })),
    }),
    DescribeVpcEndpoints: () => ({
      vpcEndpointSet: [...state.endpoints].map((serviceName) => ({
        serviceName,
        state: 'available',
      })),
    }),
  };

  return ({ body }: Request): Response | undefined => {
    const form = new URLSearchParams(body);
    const name = form.get('Action') ?? '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) return undefined;
    const answered = action(form);
    return isResponse(answered)
      ? answered
      : xml(200, `<${name}Response xmlns="${NAMESPACE}">${content(answered)}</${name}Response>`);
  };
}

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

function isResponse(value: Xml | Response): value is Response {
  return typeof value === 'object' && 'status' in value && 'body' in value;
}

function listed(form: URLSearchParams, name: string): readonly string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${name}.${index}`); index += 1) {
    found.push(form.get(`${name}.${index}`) ?? '');
  }
  return found;
}

function content(value: Xml): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map((item) => `<item>${content(item)}</item>`).join('');
  return Object.entries(value)
    .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${content(inner)}</${name}>`))
    .join('');
}

function isList(value: object): value is readonly Xml[] {
  return Array.isArray(value);
}

function refusal(code: string, message: string): Response {
  return xml(
    400,
    `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`,
  );
}

function xml(status: number, body: string): Response {
  return { status, type: 'text/xml', body };
}
