/** What the probe has found out, and the table of it. */

export interface Finding {
  readonly question: string;
  /** What GitHub did; `not answered: …` where it could not be found out. */
  readonly answer: string;
  /** What follows for this project. Empty without an answer. */
  readonly meaning: string;
}

/** A way for GitHub to behave, and what follows from it. */
export interface Answer {
  readonly answer: string;
  readonly meaning: string;
}

/** What is to be known besides, and why it is not asked. */
export const NOT_ASKED: readonly Finding[] = [
  ['How long does a registration stay valid that no runner has used?', 'it takes hours'],
  [
    'What is the status of a run while one job waits for an approval and another for a runner?',
    'it takes an environment with reviewers',
  ],
  [
    'What becomes of a job that was assigned three times?',
    'it takes a quarter of an hour for each time',
  ],
].map(([question = '', why = '']) => ({ question, answer: `not asked: ${why}`, meaning: '' }));

/** The same, without a runner. */
export const NOT_ASKED_WITHOUT_RUNNER: readonly Finding[] = [
  'How long after its start is a job in progress with the name of its runner?',
  'Is the deletion of a runner with a job refused?',
].map((question) => ({ question, answer: 'not asked: it takes --runner', meaning: '' }));

export function findingsText(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ question, answer, meaning }) => [
      question,
      `  answer  ${answer}`,
      ...(meaning === '' ? [] : [`  means   ${meaning}`]),
    ])
    .join('\n');
}
