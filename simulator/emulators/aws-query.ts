/**
 * The AWS Query protocol: a form in, XML out.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
import type { Response } from './server.ts';

const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';

/** A value as the answer's XML holds it: a list becomes `member` elements, undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

export function queryAnswer(action: string, result?: XmlValue): Response {
  const inner = result === undefined ? '' : element(`${action}Result`, result);
  return xml(
    200,
    `<${action}Response xmlns="${NAMESPACE}">${inner}<ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

export function queryError(status: number, code: string, message: string): Response {
  const error = element('Error', {
    Type: status < 500 ? 'Sender' : 'Receiver',
    Code: code,
    Message: message,
  });
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}">${error}<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`,
  );
}

/** The members of a list parameter, for example `Filters.member.1.Values.member.2`. */
export function members(form: URLSearchParams, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = form.get(`${name}.member.${index}`);
    if (value === null) return values;
    values.push(value);
  }
}

/** Fixed, so that the same run gives the same bytes. */
const REQUEST_ID = '00000000-0000-4000-8000-000000000000';

function xml(status: number, body: string): Response {
  return {
    status,
    type: 'text/xml',
    body,
    headers: { 'x-amzn-requestid': REQUEST_ID },
  };
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: XmlValue): string {
  if (typeof value !== 'object') return escape(String(value));
  if (isList(value)) return value.map((member) => element('member', member)).join('');
  return Object.entries(value)
    .map(([name, inner]) => element(name, inner))
    .join('');
}

function isList(value: object): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
