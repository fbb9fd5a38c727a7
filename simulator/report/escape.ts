/** Text from data, made safe for the place it is put into. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * For text and quoted attribute values of HTML and of XML. Characters that XML forbids even as
 * references (most of C0) become U+FFFD, because one of them makes a whole SVG file unreadable.
 */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[^\P{Cc}\t\n\r\u007F-\u009F]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A sentence as markup, in which no line breaks between a number and its unit. */
export function sentenceMarkup(sentence: string): string {
  const bound = sentence
    .replace(/(?<=\d) (?=(?:s|min|h|d|%)(?!\w))/g, '\u00A0')
    .replace(/(?<=\d\u00A0(?:min|h|d)) (?=\d+\u00A0)/g, '\u00A0');
  return escapeMarkup(bound);
}

/** JSON for a script element: `<`, `>` and `&` as escapes, so that no end tag or comment can appear. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
