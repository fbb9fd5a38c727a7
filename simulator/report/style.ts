import { readFileSync } from 'node:fs';

/**
 * The colours of page and chart, for light and dark. Fills keep apart by lightness and hatching as well
 * as by hue (blue, yellow, purple: told apart with every common colour blindness); lines and text have
 * a contrast of at least 3 and 4.5 to what is behind them.
 */

const LIGHT = {
  page: '#f6f7f9',
  surface: '#ffffff',
  ink: '#1a212b',
  muted: '#566070',
  rule: '#dde2e9',
  accent: '#1d5fa8',
  notice: '#fff4d6',
  'scroll-shadow': '#aab2bf',
  busy: '#93bfec',
  'busy-edge': '#2d6fb3',
  idle: '#f3d98c',
  'idle-edge': '#a67c12',
  booting: '#e6e1f3',
  'booting-edge': '#7a68ad',
  finishing: '#e4e6ea',
  'finishing-edge': '#7d8593',
  desired: '#1a212b',
  demand: '#b3241c',
  queue: '#f2c4bd',
} as const;

type Colour = keyof typeof LIGHT;

const DARK: Readonly<Record<Colour, string>> = {
  page: '#11151b',
  surface: '#191f27',
  ink: '#e8ecf2',
  muted: '#a3adbb',
  rule: '#313a46',
  accent: '#8ec1f5',
  notice: '#3a3116',
  'scroll-shadow': '#000000',
  busy: '#27578c',
  'busy-edge': '#6aa9e6',
  idle: '#6b5517',
  'idle-edge': '#d2a93a',
  booting: '#332c4d',
  'booting-edge': '#a594dc',
  finishing: '#2c333d',
  'finishing-edge': '#8e98a8',
  desired: '#f4f6f9',
  demand: '#ff9b85',
  queue: '#6e332b',
};

/** Custom properties for `selector`. Dark is for screens only: paper is white. */
export function colourStyle(selector: string): string {
  const block = (colours: Readonly<Record<Colour, string>>) =>
    `${selector}{${Object.entries(colours)
      .map(([name, value]) => `--${name}:${value}`)
      .join(';')}}`;
  return `${block(LIGHT)}@media screen and (prefers-color-scheme:dark){${block(DARK)}}`;
}

/** How the marks of a chart look, in these colours; for the page and the stand-alone chart alike. */
export const CHART_STYLE = readFileSync(new URL('./chart.css', import.meta.url), 'utf8');
