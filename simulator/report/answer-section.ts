/** The first thing on the page: what a reader decides on, class by class. */
import { type Answer, type ClassAnswer, maximumSentence, monthNote } from './answer.ts';
import { escapeMarkup, sentenceMarkup } from './escape.ts';
import { NOTHING, UNKNOWN, formatDollars, formatDuration } from './format.ts';
import type { WaitStatistics } from './waits.ts';

export function answerSection(answer: Answer): string {
  if (answer.classes.length === 0) return '';
  const total =
    answer.machinesPerMonth === null
      ? answer.classes.every(({ priced }) => priced)
        ? ''
        : `All machines together: ${UNKNOWN}, a price is missing. `
      : `All machines together: about ${formatDollars(answer.machinesPerMonth)} a month. `;
  return `<section class="answer"><h2>In short</h2>
<div class="answers">${answer.classes.map(classAnswer).join('\n')}</div>
<p class="note">${sentenceMarkup(`${total}${monthNote(answer)}`)}</p></section>`;
}

function classAnswer(one: ClassAnswer, index: number): string {
  return `<div class="class-answer"><h3>${escapeMarkup(one.resourceClass)}</h3>
${heads(one, index)}${splitBar(one, index)}
${one.wait === null ? '<p>No task was served.</p>' : `<p class="advice">${sentenceMarkup(maximumSentence(one))}</p>`}${raisedTable(one, index)}</div>`;
}

/** The figure at `path` of the embedded answer, as text, with the exact value beside it. */
function figure(path: string, value: number | null | undefined, text: string): string {
  return `<data value="${value ?? ''}" data-answer="classes.${path}">${sentenceMarkup(text)}</data>`;
}

function waited(path: string, seconds: number | null | undefined): string {
  return figure(path, seconds, typeof seconds === 'number' ? formatDuration(seconds) : NOTHING);
}

function dollars(path: string, value: number | null, none: string): string {
  return figure(path, value, value === null ? none : formatDollars(value));
}

function heads({ wait, real, machinesPerMonth, priced }: ClassAnswer, index: number): string {
  const waits = (key: 'wait' | 'real', statistics: WaitStatistics | null) =>
    `<dd>${waited(`${index}.${key}.p95`, statistics?.p95)}</dd><dd class="tile-note">half at most ${waited(`${index}.${key}.p50`, statistics?.p50)}</dd>`;
  const items = [
    `<dt>95 % waited at most</dt>${waits('wait', wait)}`,
    ...(real === null ? [] : [`<dt>in the trace itself</dt>${waits('real', real)}`]),
    `<dt>machines a month</dt><dd>${dollars(`${index}.machinesPerMonth`, machinesPerMonth, priced ? NOTHING : UNKNOWN)}</dd>`,
  ];
  return `<dl>${items.map((item) => `<div>${item}</div>`).join('')}</dl>`;
}

/** The mean wait by its cause, to scale. */
function splitBar({ wait, split, max }: ClassAnswer, index: number): string {
  if (wait === null || split === null || wait.mean <= 0) return '';
  const boot = ((100 * split.boot) / wait.mean).toFixed(1);
  return `<div class="split"><div class="split-bar" aria-hidden="true"><i class="boot" style="width:${boot}%"></i><i class="maximum"></i></div>
<p>mean wait ${waited(`${index}.wait.mean`, wait.mean)}: <span class="for-boot">${waited(`${index}.split.boot`, split.boot)} until a machine was ready</span>, <span class="for-maximum">${waited(`${index}.split.maximum`, split.maximum)} for the maximum of ${max}</span></p></div>`;
}

function raisedTable(
  { max, wait, machinesPerMonth, raised, advice, priced }: ClassAnswer,
  index: number,
): string {
  if (advice === null) return '';
  const row = (label: string, p95: string, cost: string) =>
    `<tr><th scope="row">${label}</th><td>${p95}</td><td>${cost}</td></tr>`;
  const none = priced ? NOTHING : UNKNOWN;
  const rows = [
    row(
      `${max} (now)`,
      waited(`${index}.wait.p95`, wait?.p95),
      dollars(`${index}.machinesPerMonth`, machinesPerMonth, none),
    ),
    ...raised.map((tried, step) =>
      row(
        String(tried.max),
        waited(`${index}.raised.${step}.p95`, tried.p95),
        dollars(`${index}.raised.${step}.machinesPerMonth`, tried.machinesPerMonth, none),
      ),
    ),
  ];
  return `<table><thead><tr><th scope="col">max</th><th scope="col">95 % wait</th><th scope="col">USD a month</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}
