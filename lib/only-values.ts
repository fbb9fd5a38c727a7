/**
 * Conditions that hold when each of the keys is in the request and all its values are among the allowed ones.
 * "For all values" alone would also hold for a request without the key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function onlyValues(allowed: Readonly<Record<string, readonly string[]>>) {
  return {
    'ForAllValues:StringEquals': allowed,
    Null: Object.fromEntries(Object.keys(allowed).map((key) => [key, 'false'])),
  };
}
