/** The server's small parts, each on its own. */

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FailureError } from '../../src/model/failure.ts';
import { note } from '../../src/model/violation.ts';
import { createSecrets } from '../../src/secrets.ts';
import { bodyChunks } from '../../src/server/body/body-source.ts';
import { parseJsonBody } from '../../src/server/body/json-body.ts';
import { ByteBudget } from '../../src/server/byte-budget.ts';
import { judgeRange } from '../../src/server/byte-range.ts';
import { houseOf, isAddressRule, isAllowedAddress } from '../../src/server/client-address.ts';
import { createJobReader } from '../../src/server/job-reader.ts';
import { languageOf } from '../../src/server/language.ts';
import { judgeLink, linkTo } from '../../src/engine/file-link.ts';
import { notesHeader } from '../../src/server/notes-header.ts';
import { TokenBuckets } from '../../src/server/token-buckets.ts';
import { wantsVideo } from '../../src/server/video-wait.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import { accountWith, jobOf, keyOf } from '../support/rows.ts';
import { newId } from '../../src/new-id.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

describe('token buckets', () => {
  it('give so many a minute and refill evenly', () => {
    let nowMs = 0;
    const buckets = new TokenBuckets(10, () => nowMs);
    expect([1, 2, 3].map(() => buckets.take('a', 2).ok)).toEqual([true, true, false]);
    expect(buckets.take('a', 2)).toEqual({ ok: false, retryAfterMs: 30_000, fullInMs: 60_000 });
    nowMs = 30_000;
    expect(buckets.take('a', 2)).toEqual({ ok: true, remaining: 0, fullInMs: 60_000 });
  });

  it('never hold more than their bound and forget who was away longest', () => {
    const buckets = new TokenBuckets(100, () => 0);
    for (let index = 0; index < 1000; index += 1) buckets.take(`name ${index}`, 1);
    expect(buckets.size).toBe(100);
    expect(buckets.take('name 999', 1).ok).toBe(false);
    expect(buckets.take('name 0', 1).ok).toBe(true);
  });
});

describe('the byte budget', () => {
  it('is never exceeded, and whole again when every share is released', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 50 }), (sizes) => {
        const budget = new ByteBudget(200);
        const shares = sizes.map((size) => {
          const share = budget.share();
          share.resize(size);
          share.resize(Math.floor(size / 2));
          share.resize(size * 2);
          return share;
        });
        expect(budget.usedBytes).toBeLessThanOrEqual(200);
        for (const share of [...shares, ...shares]) share.release();
        expect(budget.usedBytes).toBe(0);
      }),
    );
  });

  it('refuses what does not fit and takes it when there is room', () => {
    const budget = new ByteBudget(10);
    const [first, second] = [budget.share(), budget.share()];
    expect([first.resize(8), second.resize(3), first.resize(7), second.resize(3)]).toEqual([true, false, true, true]);
    first.release();
    expect([first.resize(1), second.resize(10)]).toEqual([false, true]);
  });
});

describe('a byte range', () => {
  it('is always inside the file', () => {
    const header = fc
      .tuple(fc.option(fc.nat(20)), fc.option(fc.nat(20)))
      .map(([a, b]) => `bytes=${a ?? ''}-${b ?? ''}`);
    fc.assert(
      fc.property(header, fc.nat(20), (text, bytes) => {
        const verdict = judgeRange(text, bytes);
        if (verdict.kind !== 'part') return;
        expect(verdict.range.start).toBeGreaterThanOrEqual(0);
        expect(verdict.range.end).toBeGreaterThanOrEqual(verdict.range.start);
        expect(verdict.range.end).toBeLessThan(bytes);
      }),
    );
  });
});

describe('client addresses', () => {
  it('match exact addresses and networks of their own family', () => {
    expect(isAllowedAddress('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe(true);
    expect(isAllowedAddress('2001:db8::1', ['2001:db8::/32'])).toBe(true);
    expect(isAllowedAddress('2001:db8::1', ['10.0.0.0/8', '0.0.0.0/0'])).toBe(false);
    expect(isAllowedAddress('not one', ['0.0.0.0/0', '::/0'])).toBe(false);
  });

  it('are only taken in full notation', () => {
    for (const rule of ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'])
      expect(isAddressRule(rule)).toBe(true);
    for (const rule of [
      '',
      '10',
      '10.1',
      '0x7f.1',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/8/8',
      'localhost',
      '10.0.0.0/-1',
    ])
      expect([rule, isAddressRule(rule)]).toEqual([rule, false]);
  });

  it('of one house count as one', () => {
    expect(houseOf('2001:db8:1:2::1')).toBe(houseOf('2001:db8:1:2:ffff::9'));
    expect(houseOf('2001:db8:1:2::1')).not.toBe(houseOf('2001:db8:1:3::1'));
    expect(houseOf('::ffff:10.0.0.1')).toBe(houseOf('10.0.0.1'));
  });
});

describe('the language', () => {
  it.each([
    [undefined, 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-US,en;q=0.9,zh;q=0.8', 'en'],
    ['fr, zh-Hant;q=0.5', 'en'],
    ['en;q=0.2, ZH;q=0.3', 'zh'],
    ['*', 'en'],
    [',;q=,,zh;q=9', 'en'],
  ] as const)('of %s is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});

describe('the notes header', () => {
  it('is plain ASCII, never beyond its bound, and counts what it leaves out', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 40 });
    fc.assert(
      fc.property(texts, (params) => {
        const notes = params.map((param) => note('unknown_field', param, 'because', '因为'));
        const header = notesHeader(notes, 'zh');
        if (header === null) {
          expect(params).toEqual([]);
          return;
        }
        expect(header).toMatch(/^[\x20-\x7e]{1,4096}$/);
        const read = JSON.parse(header) as { code: string; param: string; message: string }[];
        const last = read.at(-1);
        const leftOut = last?.code === 'more' ? Number(last.message) : 0;
        expect(read.filter((item) => item.code !== 'more').map((item) => item.param)).toEqual(
          params.slice(0, params.length - leftOut),
        );
      }),
    );
  });
});

describe('a signed link', () => {
  const secrets = createSecrets('x'.repeat(32));

  it('is good until its second and for its asset only', () => {
    const id = newId();
    const url = new URL(linkTo(secrets, 'http://host', id, 10_000));
    const [expires, signature] = [url.searchParams.get('expires'), url.searchParams.get('signature')];
    expect(judgeLink(secrets, id, expires, signature, 9999)).toBe('good');
    expect(judgeLink(secrets, id, expires, signature, 10_000)).toBe('expired');
    expect(judgeLink(secrets, newId(), expires, signature, 0)).toBe('altered');
    expect(judgeLink(secrets, id, [expires, expires], signature, 0)).toBe('altered');
    expect(judgeLink(createSecrets('y'.repeat(32)), id, expires, signature, 0)).toBe('altered');
  });
});

describe('a JSON body', () => {
  it('of any shape within the bounds is read as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const text = JSON.stringify(value);
        const expected: unknown = JSON.parse(text);
        if (text.includes('__proto__') || text.includes('prototype')) return;
        expect(parseJsonBody(Buffer.from(text))).toEqual(expected);
      }),
    );
  });

  it('is never a crash, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 50 }),
          fc.stringMatching(/^["\\[\]{},:a0 ]{0,40}$/).map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          let expected: unknown;
          try {
            expected = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
          } catch {
            expect(() => parseJsonBody(Buffer.from(bytes))).toThrow(FailureError);
            return;
          }
          expect(parseJsonBody(Buffer.from(bytes))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a body that stops arriving', () => {
  it('is given up with 408, and the answer still goes out', async () => {
    const server = createServer((incoming, outgoing) => {
      const read = async (): Promise<void> => {
        for await (const _ of bodyChunks(incoming, { maxBytes: 100, idleMs: 20 }));
      };
      read().catch((error: unknown) => {
        outgoing.writeHead(error instanceof Error && 'status' in error ? Number(error.status) : 500);
        outgoing.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const sending = request({ port, host: '127.0.0.1', method: 'POST' }, (response) => resolve(response.statusCode));
      sending.on('error', reject);
      sending.write('a first piece');
    });
    expect(status).toBe(408);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a create', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['video/mp4', true],
    ['text/html, video/*;q=0.5', true],
    ['video/mp4, application/json', false],
  ])('that accepts %s wants the video itself: %s', (accept, wants) => {
    expect(wantsVideo(accept)).toBe(wants);
  });
});

describe('jobs that are asked for together', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('are read by few statements, each to whoever asked', async () => {
    const { db } = database;
    const accountId = await accountWith(db, 0n);
    const keyId = await keyOf(db, accountId, 'test');
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const job = await insertJob(db, jobOf(accountId, keyId, { mode: 'test', holdMicros: 0n }));
      ids.push(job?.id ?? '');
    }
    let statements = 0;
    const counting = {
      ...db,
      query: <Row>(text: string, values?: readonly unknown[], name?: string) => {
        statements += 1;
        return db.query<Row>(text, values, name);
      },
    };
    const read = createJobReader(counting);
    const asked = Array.from({ length: 500 }, (_, index) => ids[index % 6] ?? newId());
    const jobs = await Promise.all(asked.map((id) => read(id)));
    expect(jobs.map((job) => job?.id ?? null)).toEqual(asked.map((id) => (ids.includes(id) ? id : null)));
    expect(statements).toBe(4);
  });

  it('hear of a database that is away, and are read again when it is back', async () => {
    let isAway = true;
    const { db } = database;
    const moody = {
      ...db,
      query: <Row>(text: string, values?: readonly unknown[], name?: string) =>
        isAway ? Promise.reject(new Error('away')) : db.query<Row>(text, values, name),
    };
    const read = createJobReader(moody);
    await expect(Promise.all([read(newId()), read(newId())])).rejects.toThrow('away');
    isAway = false;
    expect(await read(newId())).toBeNull();
  });
});
