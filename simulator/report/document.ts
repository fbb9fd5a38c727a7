/** What all pages are: one HTML file with nothing to load, for screen, phone and paper. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jsonForScript } from './escape.ts';
import { HATCHING } from './marks.ts';
import { CHART_STYLE, colourStyle } from './style.ts';

const STYLE = colourStyle(':root') + CHART_STYLE + textOf(new URL('./page.css', import.meta.url));

/** Shows a chart's values under the pointer. */
export const PAGE_SCRIPT = textOf(new URL('./page-script.js', import.meta.url));

export interface PageDocument {
  /** As markup. */
  readonly title: string;
  /** What the page adds to the style of all. Default: nothing. */
  readonly style?: string;
  /** As markup. */
  readonly main: string;
  /** Embedded as JSON, for programs that read the page. */
  readonly data: unknown;
  /** Default: the page has no script. */
  readonly script?: string;
}

export function renderDocument({ title, style = '', main, data, script }: PageDocument): string {
  const scripts = script === undefined ? '' : ` script-src '${hashOf(script)}';`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';${scripts} img-src data:">
<link rel="icon" href="data:,">
<title>${title} – simulation</title>
<style>${STYLE}${style}</style>
</head>
<body>
<svg class="definitions" aria-hidden="true"><defs>${HATCHING}</defs></svg>
<main>
${main}
</main>
<script type="application/json" id="record">${jsonForScript(data)}</script>
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}

function hashOf(script: string): string {
  return `sha256-${createHash('sha256').update(script).digest('base64')}`;
}

function textOf(file: URL): string {
  return readFileSync(file, 'utf8');
}
