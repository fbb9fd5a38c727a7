/** What a thrown value says of itself. Anything can be thrown, so nothing is taken for granted. */
export interface ErrorFacts {
  readonly name: string;
  /** Never empty: the code or the name stands in where the message is missing. */
  readonly message: string;
}

export function errorFacts(thrown: unknown): ErrorFacts {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'Error', message: String(thrown) };
  }
  const text = (key: string) => {
    const value: unknown = Reflect.get(thrown, key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const name = text('name') ?? 'Error';
  return { name, message: text('message') ?? text('code') ?? name };
}
