/** That authorities are trusted is shown on Node 24, by test/deploy/private-network.deploy.ts. */
import { expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { trustFile } from '../../../lambda/scaler/authorities.ts';

test('where they cannot be trusted, the function does not start without them', () => {
  expect(() => trustFile('missing.pem', tmpdir())).toThrow(
    /RUNNER_SCALER_CA_FILE (needs Node 22\.19, 24\.5 or later|is "missing\.pem", which cannot be read)/,
  );
});
