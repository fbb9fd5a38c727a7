/** What is CircleCI's own in how it is asked: it announces the end of an API with a good answer. */
import { type Api, type Ask, asking, type AskingPorts, type Said } from '../asking.ts';
import { announcedEnds } from './end-of-api.ts';
import { ADVICE, wordsIn } from './refusals.ts';

export interface CircleCiPorts extends AskingPorts {
  /** Told once per route and header when CircleCI announces the end of an API with a good answer. */
  readonly onNotice?: (notice: string) => void;
}

export interface CircleCiApi extends Pick<Api, 'credential' | 'mostBytes' | 'hint'> {
  /** What to do when the API ends, as part of a sentence. */
  readonly successor: string;
}

export function askingCircleCi(ports: CircleCiPorts, api: CircleCiApi): Ask {
  const notices = new Set<string>();

  return asking(ports, {
    ...api,
    wordsIn,
    advice: (kind, answer) => (kind === 'gone' ? retired(answer) : (ADVICE[kind] ?? '')),
    onAnswer(route, answer) {
      for (const { header, said } of announcedEnds(answer.headers, answer.withoutToken)) {
        // Not by the value, which may name another moment in each answer.
        const notice = `${header} ${route}`;
        if (notices.has(notice)) continue;
        notices.add(notice);
        ports.onNotice?.(
          `CircleCI announces the end of ${route}: ${said}; before it ends, ${api.successor}`,
        );
      }
    },
  });

  function retired({ headers, withoutToken }: Said): string {
    const ends = announcedEnds(headers, withoutToken).map(({ said }) => `, ${said}`);
    return `CircleCI has retired this API${ends.join('')}; ${api.successor}`;
  }
}
