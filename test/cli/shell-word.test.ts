import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { shellWord } from '../../cli/shell-word.ts';

test.each(['time=Queued On', "*=it's", 'a=b', '$HOME;`x`', 'duration=Dauer (ms)', ''])(
  'a shell takes %j as it was',
  (text) => {
    const said = execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' });
    expect(said).toBe(text);
  },
);

test('a plain word stays without quotes', () => {
  expect(shellWord('gpu=acme/linux')).toBe('gpu=acme/linux');
});
