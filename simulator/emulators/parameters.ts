/**
 * Systems Manager's parameters and Service Quotas, as far as the doctor asks them.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 * @see https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
 */
import { JsonRefusal, jsonService } from './json-service.ts';

/** Values by name. */
export function parametersEmulator(parameters: ReadonlyMap<string, string>) {
  return jsonService('AmazonSSM', {
    GetParameter({ Name }) {
      const value = parameters.get(String(Name));
      if (value === undefined) throw new JsonRefusal('ParameterNotFound', '');
      return { Parameter: { Name, Value: value, Type: 'String' } };
    },
  });
}

/** Values by quota code. */
export function quotasEmulator(quotas: ReadonlyMap<string, number>) {
  return jsonService('ServiceQuotasV20190624', {
    GetServiceQuota({ QuotaCode }) {
      const value = quotas.get(String(QuotaCode));
      if (value === undefined) {
        throw new JsonRefusal(
          'NoSuchResourceException',
          'The request failed because the specified service does not exist.',
        );
      }
      return { Quota: { QuotaCode, Value: value } };
    },
  });
}
