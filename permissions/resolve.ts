/** Reads values of a template as CloudFormation does, with stand-ins for what only a deployment knows. */

/** What a reference stands for: a pseudo parameter or a logical id, with an attribute or without. */
export type StandIn = (name: string, attribute: string | undefined) => string;

/** A value of a template after its references are gone. */
export type Resolved =
  string | number | boolean | readonly Resolved[] | { readonly [key: string]: Resolved };

/** @throws Error for an intrinsic function that is not known here */
export function resolve(value: unknown, standIn: StandIn): Resolved {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, standIn));
  if (typeof value !== 'object' || value === null) {
    throw new Error(
      `template holds ${String(value)}; known: texts, numbers, flags, lists, objects`,
    );
  }
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
    return intrinsic(name, argument, standIn);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolve(item, standIn)]),
  );
}

/** @throws Error when the value is no single text */
export function resolveText(value: unknown, standIn: StandIn): string {
  const resolved = resolve(value, standIn);
  if (typeof resolved === 'object') {
    throw new Error(`template holds ${JSON.stringify(resolved)} where one text was expected`);
  }
  return String(resolved);
}

function intrinsic(name: string, argument: unknown, standIn: StandIn): string {
  switch (name) {
    case 'Ref':
      return standIn(String(argument), undefined);
    case 'Fn::GetAtt': {
      const [id, attribute] = Array.isArray(argument) ? argument : String(argument).split('.');
      return standIn(String(id), String(attribute));
    }
    case 'Fn::Join': {
      const [separator, parts] = argument as readonly [string, readonly unknown[]];
      return parts.map((part) => resolveText(part, standIn)).join(separator);
    }
    case 'Fn::Sub':
      return substitute(argument, standIn);
    default:
      throw new Error(
        `template holds ${name} in a place that is read here; known: Ref, Fn::GetAtt, Fn::Join, ` +
          'Fn::Sub; add it to permissions/resolve.ts',
      );
  }
}

function substitute(argument: unknown, standIn: StandIn): string {
  const [text, own] = (Array.isArray(argument) ? argument : [argument, {}]) as unknown as readonly [
    string,
    Readonly<Record<string, unknown>>,
  ];
  return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
    if (literal !== '') return whole.replace('!', '');
    if (Object.hasOwn(own, name)) return resolveText(own[name], standIn);
    const [id = '', ...attribute] = name.split('.');
    return standIn(id, attribute.length === 0 ? undefined : attribute.join('.'));
  });
}
