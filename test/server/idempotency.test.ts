/** Creates that are sent more than once, on one node or on two: one job, one hold, one answer. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { EMPTY_REQUEST } from '../../src/model/request.ts';
import type { MediaSource } from '../../src/model/request.ts';
import { fingerprintOf } from '../../src/server/idempotency.ts';
import { forgetOldKeys } from '../../src/store/idempotency.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const MODEL = 'Kling-3.0-Omni';
const PARALLEL = 100;

let node: TestReelgate;
let other: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate();
  other = await startTestReelgate({}, {}, node);
});
afterAll(async () => {
  await other.stop();
  await node.stop();
});

type Sent = { readonly at?: TestReelgate; readonly key?: string; readonly headers?: Record<string, string> };

function create(prompt: string, { at = node, headers = {}, ...key }: Sent = {}): Promise<Answer> {
  const body = { model: MODEL, prompt, seconds: '3', size: '1280x720' };
  return at.ask('POST', '/v1/videos', { ...key, body, headers });
}

const keyed = (key: string): { headers: Record<string, string> } => ({ headers: { 'idempotency-key': key } });
const retried = (count: number): { headers: Record<string, string> } => ({
  headers: { 'x-stainless-retry-count': String(count) },
});

function idOf(answer: Answer): string {
  return String(objectOf(answer.body)['id']);
}

function codeOf(answer: Answer): unknown {
  return objectOf(objectOf(answer.body)['error'] ?? null)['code'];
}

async function jobsWith(prompt: string): Promise<number> {
  const [row] = await node.db.query<{ count: bigint }>(`select count(*) from job where spec->>'prompt' = $1`, [prompt]);
  return Number(row?.count);
}

describe('an Idempotency-Key', () => {
  it('sent again with the same request gives the same job as it is now', async () => {
    const first = await create('one boat [stuck]', keyed('boat'));
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([200, null]);
    for (const at of [node, other]) {
      const again = await create('one boat [stuck]', { at, ...keyed('boat') });
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
      expect([idOf(again), objectOf(again.body)['status']]).toEqual([idOf(first), 'in_progress']);
    }
    expect(await jobsWith('one boat [stuck]')).toBe(1);
  });

  it('is about what is asked, not how it is spelled', async () => {
    const first = await create('spelled [stuck]', keyed('spelling'));
    const body = { size: '1280x720', duration: 3, prompt: 'spelled [stuck]', model: MODEL };
    const again = await node.ask('POST', '/v1/videos', { body, ...keyed('spelling') });
    expect([again.status, idOf(again)]).toEqual([200, idOf(first)]);
  });

  it('sent again with another request is refused, and makes nothing', async () => {
    await create('the first [stuck]', keyed('reused'));
    const second = await create('the second', keyed('reused'));
    expect([second.status, codeOf(second)]).toEqual([422, 'idempotency_mismatch']);
    expect(await jobsWith('the second')).toBe(0);
  });

  it('belongs to its account and mode', async () => {
    const { key } = await liveCustomer(node, '10');
    const [mine, theirs] = [
      await create('whose [stuck]', keyed('shared')),
      await create('whose [stuck]', { key, ...keyed('shared') }),
    ];
    expect([mine.status, theirs.status]).toEqual([200, 200]);
    expect(idOf(theirs)).not.toBe(idOf(mine));
  });

  it('of a request that was refused before a job was made is still free', async () => {
    const bad = await node.ask('POST', '/v1/videos', {
      body: { model: MODEL, prompt: 'x', seconds: '0' },
      ...keyed('free'),
    });
    expect(bad.status).toBe(400);
    const poor = await liveCustomer(node, '0.000001');
    expect((await create('too dear', { key: poor.key, ...keyed('free') })).status).toBe(402);
    const good = await create('now it works [stuck]', keyed('free'));
    expect([good.status, good.headers.get('idempotent-replayed')]).toEqual([200, null]);
    await node.admin('POST', `/accounts/${poor.accountId}/credits`, { amount_usd: '10', note: 'for a test' });
    expect((await create('too dear [stuck]', { key: poor.key, ...keyed('free') })).status).toBe(200);
  });

  it('of a job that the vendor refused gives the refusal again', async () => {
    const first = await create('no [refuse:content_rejected]', keyed('refused'));
    const again = await create('no [refuse:content_rejected]', keyed('refused'));
    expect([first.status, again.status]).toEqual([400, 400]);
    expect(codeOf(again)).toBe(codeOf(first));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await jobsWith('no [refuse:content_rejected]')).toBe(1);
  });

  it('of a video that was deleted says so', async () => {
    const first = await create('gone [fail:generation_failed]', keyed('gone'));
    await node.ended(idOf(first));
    await node.ask('DELETE', `/v1/videos/${idOf(first)}`);
    expect((await create('gone [fail:generation_failed]', keyed('gone'))).status).toBe(410);
  });

  it.each(['', 'x'.repeat(256), 'schlüssel'])('that is %j is refused by name', async (key) => {
    const answer = await create('bad key', keyed(Buffer.from(key).toString('latin1')));
    expect([answer.status, objectOf(objectOf(answer.body)['error'] ?? null)['param']]).toEqual([
      400,
      'Idempotency-Key',
    ]);
  });

  it('sent a hundred times at once, to two nodes, makes one job and one hold', async () => {
    const { key, accountId } = await liveCustomer(node, '1000');
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, (_, at) =>
        create('a crowd [stuck]', { at: at % 2 === 0 ? node : other, key, ...keyed('crowd') }),
      ),
    );
    const made = answers.filter((answer) => answer.status === 200);
    expect(made.length).toBeGreaterThanOrEqual(1);
    expect(new Set(made.map(idOf)).size).toBe(1);
    expect(made.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    for (const waiting of answers.filter((answer) => answer.status !== 200)) {
      expect([waiting.status, codeOf(waiting), waiting.headers.get('retry-after')]).toEqual([409, 'conflict', '1']);
      // The key makes it safe to try again, so that client libraries may.
      expect(waiting.headers.get('x-should-retry')).toBeNull();
    }
    const holds = await node.db.query(`select 1 from ledger_txn where account_id = $1 and kind = 'hold'`, [accountId]);
    expect([await jobsWith('a crowd [stuck]'), holds.length]).toEqual([1, 1]);
  });

  it('never turns into a lack of money because its own job took the money', async () => {
    const { key, accountId } = await liveCustomer(node, '1000');
    const { hold } = objectOf(objectOf((await create('what it costs [stuck]', { key })).body)['cost'] ?? null);
    await node.db.query('update account set available_micros = $2 where id = $1', [
      accountId,
      BigInt(Math.round(Number(hold) * 1_000_000)),
    ]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        create('the last money [stuck]', { at: at % 2 === 0 ? node : other, key, ...keyed('last') }),
      ),
    );
    expect(answers.filter((answer) => answer.status !== 200 && answer.status !== 409)).toEqual([]);
    expect(await jobsWith('the last money [stuck]')).toBe(1);
  });

  it('is forgotten after a week, and not before', async () => {
    const first = await create('a week [stuck]', keyed('week'));
    const age = (interval: string): Promise<unknown> =>
      node.db.query(`update idempotency set created_at = now() - $1::interval where key = 'week'`, [interval]);
    await age('6 days');
    await forgetOldKeys(node.db, 7 * 24 * 3_600_000, 10);
    expect(idOf(await create('a week [stuck]', keyed('week')))).toBe(idOf(first));
    await age('8 days');
    expect(await forgetOldKeys(node.db, 7 * 24 * 3_600_000, 10)).toBe(1);
    expect(idOf(await create('a week [stuck]', keyed('week')))).not.toBe(idOf(first));
  });
});

describe('a client library that sends a create again without a key', () => {
  it('gets the job it made', async () => {
    const first = await create('again [stuck]', retried(0));
    for (const at of [node, other]) {
      const again = await create('again [stuck]', { at, ...retried(1) });
      expect([idOf(again), again.headers.get('idempotent-replayed')]).toEqual([idOf(first), 'true']);
    }
  });

  it('gets it also while the first request is still under way', async () => {
    const answers = await Promise.all([
      create('at once [stuck]', retried(0)),
      create('at once [stuck]', retried(1)),
      create('at once [stuck]', retried(2)),
    ]);
    expect(new Set(answers.map(idOf)).size).toBe(1);
  });

  it('gets a new job for each create that is no retry, and for one that no vendor took', async () => {
    const [first, second] = [await create('twice [stuck]'), await create('twice [stuck]')];
    expect(idOf(first)).not.toBe(idOf(second));
    const refused = 'busy [refuse:rate_limited]';
    expect((await create(refused)).status).toBe(429);
    expect((await create(refused, retried(1))).status).toBe(429);
    expect(await jobsWith(refused)).toBe(2);
  });

  it('gets a new job once the first one is long ago', async () => {
    const first = await create('long ago [stuck]');
    await node.db.query(`update job set created_at = now() - interval '11 minutes' where id = $1`, [
      idOf(first).replace('video_', ''),
    ]);
    expect(idOf(await create('long ago [stuck]', retried(1)))).not.toBe(idOf(first));
  });
});

describe('the fingerprint of a request', () => {
  const of = (source: MediaSource, fields: object = {}): string =>
    fingerprintOf({ ...EMPTY_REQUEST, ...fields, inputs: [{ role: 'image', source, param: 'image' }] }).toString('hex');
  const url = { from: 'url', url: 'https://example.com/a.png' } as const;

  it('is that of a file’s bytes, whatever its name', () => {
    const upload = { sha256: 'aa', bytes: 1, fileName: 'a.png' };
    const [one, renamed, changed] = [upload, { ...upload, fileName: null }, { ...upload, sha256: 'bb' }].map((file) =>
      of({ from: 'upload', upload: file }),
    );
    expect(renamed).toBe(one);
    expect(changed).not.toBe(one);
  });

  it('does not depend on the order of keys, but on every value', () => {
    const one = of(url, { vendor: { a: 1, b: { c: 2, d: null } } });
    expect(of(url, { vendor: { b: { d: null, c: 2 }, a: 1 } })).toBe(one);
    for (const fields of [{ seed: 0 }, { audio: false }, { prompt: '' }]) expect(of(url, fields)).not.toBe(of(url));
  });
});
