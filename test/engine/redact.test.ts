/** What a vendor repeats of the key it was asked with goes no further, whoever wrote its provider. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Provider } from '../../src/providers/provider.ts';
import { vendorFailure } from '../../src/providers/replies.ts';
import { openShop, until } from '../process/shop.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const ID = 'AKIDcanarycanary';
const SECRET = 'canarysecretcanarysecret';

let reelgate: TestReelgate;
let key = '';
beforeAll(async () => {
  reelgate = await startTestReelgate({}, { providers: [parrot()] });
  const channel = { name: 'Parrot', provider: 'parrot', credentials: `${ID}|${SECRET}` };
  key = (await openShop(reelgate.url, reelgate.adminKey, channel)).key;
});
afterAll(() => reelgate.stop());

function parrot(): Provider {
  return {
    ...quickVendor('', 'parrot'),
    submit: async ({ prompt }, _, io) => {
      const said = `you are ${io.credential.split('|').join(' and ')}`;
      if (prompt === 'refused') return { kind: 'refused', failure: vendorFailure('content_rejected', said) };
      if (prompt === 'unknown') throw new Error(said);
      return { kind: 'accepted', task: { id: io.attemptToken, data: {} }, checkAfterMs: 10 };
    },
    check: async (_, io) => ({ kind: 'failed', failure: vendorFailure('generation_failed', `no, ${io.credential}`) }),
  };
}

it.each([
  ['refused', 'refused'],
  ['unknown', 'unknown'],
  ['failed', 'accepted'],
])('of a submit that ends as %s', async (prompt, attempt) => {
  const body = { model: 'viduq3-pro', prompt, seconds: '1' };
  const answer = await reelgate.ask('POST', '/v1/videos', { key, body });
  const shown = await until('the attempt is over', async () => {
    const { data } = await reelgate.admin('GET', '/jobs');
    const job = (data as { id: string }[])[0];
    const found = await reelgate.admin('GET', `/jobs/${job?.id ?? ''}`);
    const [made] = found['attempts'] as { state: string; failure: object | null }[];
    return made?.state === attempt && made.failure !== null ? found : null;
  });
  expect(objectOf(shown['spec'] ?? null)['prompt']).toBe(prompt);
  const text = JSON.stringify([answer.body, shown]);
  expect(text).toContain('(key)');
  expect(text).not.toContain(ID);
  expect(text).not.toContain(SECRET);
});
