import { describe, expect, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { typedUnseen } from '../../cli/read-secret.ts';

/** A terminal in which these parts are typed or pasted. */
async function typedInto(...parts: readonly string[]) {
  const modes: boolean[] = [];
  const said: string[] = [];
  let isPaused = false;
  const terminal = Object.assign(new EventEmitter(), {
    setRawMode: (mode: boolean) => modes.push(mode),
    resume: () => undefined,
    pause: () => (isPaused = true),
  });
  const reading = typedUnseen(terminal as never, (text) => said.push(text), 'token: ').catch(
    (error: unknown) => error,
  );
  for (const part of parts) terminal.emit('data', Buffer.from(part));
  return { read: await reading, modes, said: said.join(''), isPaused };
}

describe('what is typed at a terminal', () => {
  test.each<readonly [read: string, parts: readonly string[]]>([
    ['token-1', ['token-1\r']],
    ['token-1', ['tok', 'en-', '1', '\n']],
    ['token-1', ['tokem\u007Fn-1\r']],
    ['token-1', ['\u001B[200~token-1\u001B[201~', '\r']],
    ['token-1', ['token-1\u0004']],
    ['', ['\r']],
  ])('is %j, and is not shown', async (read, parts) => {
    expect(await typedInto(...parts)).toEqual({
      read,
      said: 'token: \n',
      modes: [true, false],
      isPaused: true,
    });
  });

  test('is given up by Ctrl-C, and the terminal echoes again', async () => {
    const { read, modes } = await typedInto('tok\u0003');
    expect(read).toMatchObject({ message: 'interrupted; nothing was changed' });
    expect(modes).toEqual([true, false]);
  });
});
