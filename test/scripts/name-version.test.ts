import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameVersion } from '../../scripts/name-version.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'version-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("a release's number", () => {
  test('is written where the project names itself to CircleCI, and nothing else changes', () => {
    cpSync('lambda/scaler/demand', folder, { recursive: true });
    const before = readFileSync(nameVersion(folder, '0.0.0'), 'utf8');
    const file = nameVersion(folder, '12.3.4-rc.1');
    expect(readFileSync(file, 'utf8')).toBe(
      before.replace("'runner-scaler/0.0.0'", "'runner-scaler/12.3.4-rc.1'"),
    );
  });

  test.each([0, 2])('is not written where %s files hold it', (count) => {
    for (let index = 0; index < count; index += 1) {
      writeFileSync(
        join(folder, `${index}.ts`),
        "export const USER_AGENT = 'runner-scaler/1.0.0';\n",
      );
    }
    expect(() => nameVersion(folder, '1.2.3')).toThrow(`is in ${count} files of`);
  });
});
