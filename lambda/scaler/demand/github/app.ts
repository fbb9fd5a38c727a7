/** The App's sign-in: tokens of its installations, minted with a JWT that the App's key signs. */
import type { Budget, Clock } from '../../clock.ts';
import { parseObject } from '../../contract/json.ts';
import { type Api, type Ask, asking, type Question } from '../asking.ts';
import type { CredentialStore } from '../credentials.ts';
import type { GitHubApp } from '../github-app-secret.ts';
import type { HttpAnswer, HttpCall } from '../http-call.ts';
import { DemandSourceError } from '../source.ts';
import { GITHUB_API } from './api.ts';
import { appJwt, JWT_KEPT_MS } from './app-jwt.ts';

export interface InstallationTokens {
  /**
   * A token of the App's installation at `owner`, cached until some minutes before it expires. It has any length
   * and form.
   *
   * @throws DemandSourceError
   */
  current(owner: string, budget: Budget): Promise<string>;
  /**
   * Another one after GitHub refused `refused`; the same one where that was minted a moment ago, so that it cannot
   * be the token that is wrong.
   *
   * @throws DemandSourceError
   */
  renewed(owner: string, refused: string, budget: Budget): Promise<string>;
}

export interface InstallationTokensOptions {
  /** Base URL of the REST API, without a trailing slash. */
  readonly apiUrl: string;
  readonly call: HttpCall;
  readonly clock: Clock;
  readonly apps: CredentialStore<GitHubApp>;
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Told of a clock that is off, once. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** A token lasts an hour. Another one is minted when less than this is left. */
export const RENEWED_BEFORE_MS = 300_000;

/** A token is not minted again sooner, however often it is refused: other reasons are then likelier. */
export const RENEW_PAUSE_MS = 50_000;

const MOST_BYTES = 64 * 1024;

interface Minted {
  readonly token: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly mintedAt: number;
  readonly expiresAt: number;
}

interface Installation {
  id: number | undefined;
  minted: Minted | undefined;
  /** The minting of one pass, which all its classes share, also when it fails. */
  last: { readonly budget: Budget; readonly minting: Promise<Minted> } | undefined;
}

export function installationTokens(options: InstallationTokensOptions): InstallationTokens {
  const { apiUrl, clock } = options;
  const ask = askingAsApp(options);
  const installations = new Map<string, Installation>();

  const installationAt = (owner: string): Installation => {
    const key = owner.toLowerCase();
    const known = installations.get(key) ?? { id: undefined, minted: undefined, last: undefined };
    installations.set(key, known);
    return known;
  };

  const mint = async (installation: Installation, owner: string, budget: Budget) => {
    const known = installation.id;
    const id = known ?? (await ask(installationOf(apiUrl, owner), budget));
    const from = clock.now();
    try {
      const question = accessToken(`${apiUrl}/app/installations/${id}`, () => clock.now());
      const token = await ask(question, budget);
      installation.id = id;
      installation.minted = { ...token, mintedAt: from };
      return installation.minted;
    } catch (error) {
      installation.id = undefined;
      // It may have been uninstalled and installed again, with another id.
      const isGone = error instanceof DemandSourceError && error.kind === 'not-found';
      if (known === undefined || !isGone) throw error;
      return mint(installation, owner, budget);
    }
  };

  const mintOnce = async (owner: string, budget: Budget): Promise<Minted> => {
    const installation = installationAt(owner);
    if (installation.last?.budget !== budget) {
      installation.last = { budget, minting: mint(installation, owner, budget) };
    }
    return installation.last.minting;
  };

  return {
    async current(owner, budget) {
      const { minted } = installationAt(owner);
      if (minted === undefined) return (await mintOnce(owner, budget)).token;
      const left = minted.expiresAt - clock.now();
      if (left >= RENEWED_BEFORE_MS) return minted.token;
      return mintOnce(owner, budget).then(
        ({ token }) => token,
        (error: unknown) => {
          if (left <= 0) throw error;
          return minted.token;
        },
      );
    },
    async renewed(owner, refused, budget) {
      const { minted } = installationAt(owner);
      if (minted !== undefined && minted.token !== refused) return minted.token;
      const isNew = minted !== undefined && clock.now() - minted.mintedAt < RENEW_PAUSE_MS;
      return isNew ? refused : (await mintOnce(owner, budget)).token;
    },
  };
}

/** Asks with the App's JWT, which is signed again when the clock or the key turns out to be another. */
function askingAsApp({ apps, call, clock, random, onNotice }: InstallationTokensOptions): Ask {
  /** How far GitHub's clock is ahead of this machine's, in milliseconds. */
  let ahead = 0;
  let signed: { readonly app: GitHubApp; readonly jwt: string; readonly at: number } | undefined;
  let told = false;

  const jwtOf = (app: GitHubApp): string => {
    const now = clock.now();
    if (signed?.app !== app || now - signed.at >= JWT_KEPT_MS) {
      signed = { app, jwt: appJwt(app, now + ahead), at: now };
    }
    return signed.jwt;
  };
  const setClock = (answer: HttpAnswer) => {
    if (!isAboutTime(answer)) return;
    const theirs = Date.parse(answer.headers.date ?? '');
    if (Number.isNaN(theirs)) return;
    ahead = theirs - clock.now();
    signed = undefined;
    if (told) return;
    told = true;
    const seconds = Math.round(Math.abs(ahead) / 1000);
    const direction = ahead < 0 ? 'ahead of' : 'behind';
    onNotice?.(
      `the clock of this machine is ${seconds} s ${direction} GitHub's, which refused a request for it; ` +
        "the App's requests are signed by GitHub's time from now on",
    );
  };

  return asking(
    {
      clock,
      random,
      call: async (url, request) => {
        const answer = await call(url, request);
        setClock(answer);
        return answer;
      },
      tokens: {
        current: async (budget) => jwtOf(await apps.current(budget)),
        async reread(refused, budget) {
          const app = await apps.current(budget);
          const jwt = jwtOf(app);
          return jwt === refused ? jwtOf(await apps.reread(app, budget)) : jwt;
        },
      },
    },
    { ...GITHUB_API, mostBytes: MOST_BYTES, advice: adviceOn },
  );
}

/** `'Expiration time' claim ('exp') is too far in the future`, `'Issued at' claim ('iat') must be …` */
function isAboutTime({ status, text }: Pick<HttpAnswer, 'status' | 'text'>): boolean {
  return status === 401 && /Expiration time|Issued at|\('(?:exp|iat)'\)/i.test(text);
}

/**
 * For an organisation as well as for a person.
 *
 * @see https://docs.github.com/en/rest/apps/apps#get-a-user-installation-for-the-authenticated-app
 */
function installationOf(apiUrl: string, owner: string): Question<number> {
  return {
    address: `${apiUrl}/users/${encodeURIComponent(owner)}/installation`,
    route: '/users/{owner}/installation',
    order: 'new',
    read({ text }) {
      const id = parseObject(text)?.['id'];
      return typeof id === 'number' && Number.isSafeInteger(id)
        ? { ok: true, value: id }
        : { ok: false, problem: "without the installation's id" };
    },
  };
}

/**
 * @param installation the URL of the installation
 * @see https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
function accessToken(installation: string, now: () => number): Question<Omit<Minted, 'mintedAt'>> {
  return {
    method: 'POST',
    address: `${installation}/access_tokens`,
    route: '/app/installations/{id}/access_tokens',
    order: 'begun',
    accepts: [201],
    isSecret: true,
    read({ text, headers }) {
      const { token, expires_at: expires } = parseObject(text) ?? {};
      const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
      if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(expiresAt)) {
        return { ok: false, problem: 'without a token and the moment at which it expires' };
      }
      // Both by GitHub's clock, so that a clock that is off does no harm.
      const theirs = Date.parse(headers.date ?? '');
      const life = expiresAt - (Number.isNaN(theirs) ? now() : theirs);
      return { ok: true, value: { token, expiresAt: now() + life } };
    },
  };
}

const adviceOn: Api['advice'] = (kind, answer) => {
  if (isAboutTime(answer)) {
    return "the clock of this machine and GitHub's differ, and to sign by the date of GitHub's answer did not help";
  }
  if (/suspended/i.test(answer.text)) {
    return "the App's installation is suspended; unsuspend it in GitHub, in the owner's settings under GitHub Apps";
  }
  return ADVICE[kind] ?? '';
};

const ADVICE: Partial<Record<DemandSourceError['kind'], string>> = {
  unauthorized:
    "GitHub does not accept the App's signature; see that appId and privateKey in the App's secret are of the same " +
    'App, and that the key was not deleted in GitHub',
  forbidden: "the App may not do this; look at the App's settings in GitHub",
  'not-found':
    "the App is not installed there, or the appId in the App's secret is wrong; install the App, or correct the " +
    'owners or repositories in the config',
  'bad-request': "GitHub does not understand the request; look at the App's settings in GitHub",
  throttled: 'too many requests of this App',
  unavailable: 'see https://www.githubstatus.com, or the health of the installation',
  'invalid-answer':
    'see that the GitHub URL in the config is the address that a browser shows, and that no login page or proxy answers in its place',
};

/** The tokens at one owner, as a question's credential. */
export function tokensAt(tokens: InstallationTokens, owner: string): CredentialStore<string> {
  return {
    current: async (budget) => tokens.current(owner, budget),
    reread: async (refused, budget) => tokens.renewed(owner, refused, budget),
  };
}
