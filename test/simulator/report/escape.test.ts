import { describe, expect, test } from '@jest/globals';
import { escapeMarkup, jsonForScript, sentenceMarkup } from '../../../simulator/report/escape.ts';

describe('text in markup', () => {
  test('cannot end an element or an attribute in either kind of quotes', () => {
    expect(escapeMarkup(`</b>"'&amp;`)).toBe('&lt;/b&gt;&quot;&#39;&amp;amp;');
  });

  test('has no character that XML forbids', () => {
    expect(escapeMarkup('a\u0000b\u001Bc\td')).toBe('a\uFFFDb\uFFFDc\td');
  });

  test('keeps a number and its unit on one line', () => {
    expect(sentenceMarkup('waited 1 min 12 s, 3 % of 4 tasks')).toBe(
      'waited 1\u00A0min\u00A012\u00A0s, 3\u00A0% of 4 tasks',
    );
  });
});

describe('JSON in a script element', () => {
  const hostile = { name: '</script><!--<script>&' };

  test('has no character that could end the element or open a comment', () => {
    expect(jsonForScript(hostile)).not.toMatch(/[<>&]/);
  });

  test('means the same', () => {
    expect(JSON.parse(jsonForScript(hostile))).toEqual(hostile);
  });
});
