import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { permissionsPage } from '../../permissions/page.ts';

describe('docs/permissions.md', () => {
  test('is what the template grants', () => {
    const written = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
    const toDo = written === permissionsPage() ? 'nothing' : 'renew it with: npm run docs';
    expect(toDo).toBe('nothing');
  });

  test('has a reason in each line', () => {
    const lines = permissionsPage()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(lines.length).toBeGreaterThan(12);
    expect(lines.filter((line) => !/\| [A-Z][^|]+\. \|$/.test(line))).toEqual([]);
  });
});
