import { expect, test } from '@jest/globals';
import { queryError } from '../../../simulator/emulators/aws-query.ts';

test.each([
  ['the caller', 400, 'ValidationError', 'Sender'],
  ['the service', 500, 'ResourceContention', 'Receiver'],
])('a fault of %s is told as one', (_whose, status, code, type) => {
  const { body, ...answer } = queryError(status, code, 'is it <b>?');
  expect(answer).toMatchObject({ status, type: 'text/xml' });
  expect(body).toContain(
    `<Type>${type}</Type><Code>${code}</Code><Message>is it &lt;b&gt;?</Message>`,
  );
});
