/** Our emulators of AWS and moto, asked the same through two clients that share no code. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Case, CASES } from './cases.ts';
import { botocoreClient, type Client, javascriptClient } from './clients.ts';
import { type Moto, startMoto } from './moto.ts';
import { observe, type Observed } from './observe.ts';
import { type Contestant, motoAs, ours } from './servers.ts';
import { prepareToolbox } from './toolbox.ts';

let moto: Moto;
let others: Contestant;
let clients: readonly Client[];

beforeAll(async () => {
  const toolbox = await prepareToolbox();
  moto = await startMoto(toolbox);
  others = motoAs(moto);
  clients = [javascriptClient(), botocoreClient(toolbox)];
}, 120_000);

afterAll(async () => {
  for (const client of clients ?? []) await client.end();
  await moto?.end();
});

describe('where moto is like AWS, ours answers as moto does', () => {
  test.each(CASES.filter(({ difference }) => difference === undefined))('$name', async (it) => {
    const [seen, theirs] = await compare(it);
    expect(seen).toEqual(theirs);
  });
});

describe('where moto is unlike AWS, ours does as AWS documents', () => {
  test.each(CASES.filter(({ difference }) => difference !== undefined))('$name', async (it) => {
    const [seen, theirs] = await compare(it);
    expect(seen).toMatchObject(it.difference?.expected.ours ?? {});
    expect(theirs).toMatchObject(it.difference?.expected.moto ?? {});
    expect(seen).not.toEqual(theirs);
  });
});

/** What both clients saw of ours, and of moto; they must have seen the same of each. */
async function compare(it: Case): Promise<readonly [ours: Observed, moto: Observed]> {
  return [await seenOf(ours, it), await seenOf(others, it)];
}

async function seenOf(contestant: Contestant, it: Case): Promise<Observed> {
  const seen: { client: string; observed: Observed }[] = [];
  for (const client of clients) {
    const server = await contestant.fresh();
    try {
      seen.push({ client: client.name, observed: await observe(it, { client, server }) });
    } finally {
      await server.end();
    }
  }
  const [first, ...rest] = seen;
  for (const { observed } of rest) expect(observed).toEqual(first?.observed);
  if (first === undefined) throw new Error('no client');
  return first.observed;
}
