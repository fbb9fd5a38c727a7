/**
 * Conditions by which every value of a request's keys is among the allowed ones, and there is one:
 * alone, "for all values" would hold for a request without the key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function onlyValues(allowed: Readonly<Record<string, readonly string[]>>) {
  return {
    'ForAllValues:StringEquals': allowed,
    Null: Object.fromEntries(Object.keys(allowed).map((key) => [key, 'false'])),
  };
}
