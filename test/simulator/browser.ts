/**
 * Pages in a real browser. Needs Chromium: `apt-get install chromium` on Debian, or any build of it whose
 * path is in CHROMIUM_PATH.
 */
import { afterAll, beforeAll, jest } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

// Generous, for machines that do much else at the same time; a page takes well under a second.
const PATIENCE_MS = 30_000;

export interface OpenPage {
  readonly page: Page;
  /** Everything the console and uncaught errors said. */
  readonly complaints: readonly string[];
  /** Addresses of everything that was asked for, what the page brings itself left out. */
  readonly requests: readonly string[];
  /** Its own address. */
  readonly url: string;
}

export interface TestBrowser {
  /** Opens a document of this name and content as a file. */
  open(name: string, content: string, options?: BrowserContextOptions): Promise<OpenPage>;
}

/** A browser for the tests of one file. */
export function testBrowser(): TestBrowser {
  jest.setTimeout(PATIENCE_MS);
  let browser: Browser | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'page-'));

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `no Chromium at ${CHROMIUM}; install it (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM_PATH to one`,
      );
    }
    browser = await chromium.launch({ executablePath: CHROMIUM, timeout: PATIENCE_MS });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    async open(name, content, options = {}) {
      if (browser === undefined) throw new Error('pages are opened in tests only');
      const file = join(folder, name);
      writeFileSync(file, content);
      const url = pathToFileURL(file).href;
      const page = await browser.newPage(options);
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        if (!request.url().startsWith('data:')) requests.push(request.url());
      });
      await page.goto(url);
      return { page, complaints, requests, url };
    },
  };
}
