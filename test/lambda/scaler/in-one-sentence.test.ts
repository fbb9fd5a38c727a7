import { describe, expect, test } from '@jest/globals';
import { SettingsError } from '../../../lambda/scaler/contract.ts';
import { FleetError } from '../../../lambda/scaler/fleet/fleets.ts';
import { inOneSentence } from '../../../lambda/scaler/in-one-sentence.ts';
import { InvocationError } from '../../../lambda/scaler/invocation.ts';

describe('an error that ends an invocation', () => {
  test.each([
    new FleetError('denied', 'no right; deploy again', { cause: new Error('with a stack') }),
    new InvocationError(['a: bad', 'b: worse']),
    new SettingsError(['NAME is missing']),
  ])('is told by its sentence alone: %s', (error) => {
    const told = inOneSentence(error);
    expect(told).toMatchObject({ name: error.name, message: error.message });
    expect(told.stack).toBe(`${error.name}: ${error.message}`);
    expect(Object.keys(told).filter((key) => key !== 'name' && key !== 'stack')).toEqual([]);
    expect(told.cause).toBeUndefined();
  });

  test('that nobody has foreseen is told with the place where it arose', () => {
    const told = inOneSentence(new TypeError('x is not a function'));
    expect(told.message).toMatch(
      /^x is not a function \(at .*in-one-sentence\.test\.ts.*\); report this line$/,
    );
    expect(told.stack).not.toContain('\n');
  });

  test('may be no error at all', () => {
    expect(inOneSentence('no').message).toBe('no; report this line');
    expect(inOneSentence(undefined)).toBeInstanceOf(Error);
  });
});
