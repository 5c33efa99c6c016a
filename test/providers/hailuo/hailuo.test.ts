/** The provider for MiniMax, against a vendor written from MiniMax's pages. */

import { describe, expect, it } from 'vitest';

import type { VideoSpec } from '../../../src/model/spec.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import type { CallbackReading } from '../../../src/providers/provider.ts';
import { startHailuoVendor } from '../../fakes/hailuo-vendor.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { Fake } from '../suite.ts';
import {
  coded,
  FIRST_PAGE,
  hailuo,
  KEY,
  REFERENCE_2,
  SECOND_PAGE,
  TEXT,
  TEXT_2,
  UNDECIDED,
  V1,
  V2,
  worded,
} from './pages.ts';

const start = (): Promise<Fake> => startHailuoVendor(KEY);

describe('version 1', () => {
  describeProvider({ ...FIRST_PAGE, start }, (fake, io, submit) => {
    it.each(UNDECIDED)('a submit answered %i may have made a task', async (code) => {
      fake().answerNext(coded(code, 'internal').answer);
      await expect(hailuo.submit(TEXT, V1, io())).rejects.toThrow(String(code));
    });

    it('a submit refused with the id of a task may have made it', async () => {
      fake().answerNext({ status: 200, body: '{"task_id":"7","base_resp":{"status_code":2013}}' });
      await expect(hailuo.submit(TEXT, V1, io())).rejects.toThrow('2013');
    });

    it('a finished file is asked for by an id of more than 53 bits, and each time at a fresh address', async () => {
      const task = await submit(TEXT, V1);
      fake().move(task.id, 'Success');
      const [one, other] = [await hailuo.check(task, io()), await hailuo.check(task, io())];
      expect(fake().seen.at(-1)?.path).toMatch(/^\/v1\/files\/retrieve\?file_id=9205258526306433\d{3}$/);
      if (one.kind !== 'done' || other.kind !== 'done') throw new Error('both are done');
      expect(one.video).not.toEqual(other.video);
    });

    it('the same where the id comes as a number', async () => {
      const task = await submit(TEXT, V1);
      fake().move(task.id, 'Success');
      const path = await hailuo.check(task, io()).then(() => fake().seen.at(-1)?.path);
      const id = new URLSearchParams(path?.split('?')[1]).get('file_id');
      fake().answerNext({ status: 200, body: `{"task_id":${task.id},"status":"Success","file_id":${id}}` });
      expect(await hailuo.check(task, io())).toMatchObject({ kind: 'done' });
    });

    it.each([
      ['another task', '{"task_id":"1","status":"Fail","base_resp":{"status_code":1027}}'],
      ['an error of the query itself', '{"task_id":"ID","status":"","base_resp":{"status_code":1024}}'],
      ['no file', '{"task_id":"ID","status":"Success","base_resp":{"status_code":0}}'],
    ])('no task is judged by %s', async (_name, body) => {
      const task = await submit(TEXT, V1);
      fake().answerNext({ status: 200, body: body.replace('ID', task.id) });
      await expect(hailuo.check(task, io())).rejects.toThrow('the vendor');
    });

    it.each(['{"file":{"file_id":1,"download_url":"https://x/y.mp4"}}', '{"base_resp":{"status_code":1001}}'])(
      'no task fails for a file that is answered %s',
      async (body) => {
        const task = await submit(TEXT, V1);
        fake().move(task.id, 'Success');
        const { http, ...rest } = io();
        const other = {
          ...rest,
          http: async (request: Parameters<typeof http>[0]) =>
            request.path.startsWith('/v1/files') ? { status: 200, headers: {}, text: body } : http(request),
        };
        await expect(hailuo.check(task, other)).rejects.toThrow('this file');
      },
    );

    it.each([1002, 1039, 1041, 2045])('a check answered %i is put off', async (code) => {
      const task = await submit(TEXT, V1);
      fake().answerNext(coded(code, 'internal').answer);
      await expect(hailuo.check(task, io())).rejects.toBeInstanceOf(UpstreamBusy);
    });

    it('a task that an operator named is asked about in both versions', async () => {
      const first = await submit(TEXT, V1);
      const second = await submit(TEXT_2, V2);
      fake().move(first.id, 'Fail', '1027');
      fake().move(second.id, 'failed', '1027');
      for (const { id } of [first, second])
        expect(await hailuo.check({ id, data: {} }, io())).toMatchObject({ kind: 'failed' });
      await expect(hailuo.check({ id: '42', data: {} }, io())).rejects.toThrow();
      await expect(hailuo.check({ id: '../files', data: {} }, io())).rejects.toThrow('an id that is none');
    });

    it('nothing can be cancelled or listed', async () => {
      const task = await submit(TEXT, V1);
      expect(await hailuo.cancel?.(task, io())).toBe(false);
      const window = { from: new Date(0), to: new Date() };
      await expect(hailuo.listRecent?.(TEXT, V1, window, io())).rejects.toThrow('lists no tasks');
    });

    it('keys for other vendors stay here, and no callback is asked for without an address', async () => {
      await submit({ ...TEXT, vendor: { logo_add: 'x' } }, V1, { callbackUrl: null });
      expect(bodyOf(fake())).not.toHaveProperty('logo_add');
      expect(bodyOf(fake())).not.toHaveProperty('callback_url');
    });

    describe('a callback of MiniMax', () => {
      const incoming = (body: string, query: Readonly<Record<string, string>> = {}) =>
        ({ method: 'POST', query, headers: {}, body: Buffer.from(body) }) as const;
      const heard = async (
        body: string,
        query?: Readonly<Record<string, string>>,
      ): Promise<CallbackReading | undefined> => hailuo.readCallback?.(incoming(body, query), io());

      it.each([
        ['{"challenge":"a \\"b\\""}', {}, '{"challenge":"a \\"b\\""}'],
        ['', { challenge: 'c' }, '{"challenge":"c"}'],
      ])('that challenges us (%s) is answered with the same', async (body, query, answer) => {
        expect(await heard(body, query)).toEqual({
          kind: 'handshake',
          reply: { status: 200, contentType: 'application/json', body: answer },
        });
      });

      it('names the task of either version', async () => {
        const first = '{"task_id":"115334141465231360","status":"success","file_id":"205258526306433"}';
        expect(await heard(first)).toMatchObject({ task: { id: '115334141465231360', data: { api: 'v1' } } });
        expect(await heard('{"task":{"id":"424","status":"running"}}')).toMatchObject({
          task: { id: '424', data: { api: 'v2' } },
        });
      });

      it.each(['', '[]', '{"task_id":"../x"}'])('that says nothing (%s) is still a reason to ask', async (body) => {
        expect(await heard(body)).toEqual({ kind: 'notice', task: null, reply: null });
      });
    });
  });
});

describe('version 2', () => {
  describeProvider({ ...SECOND_PAGE, start }, (fake, io, submit) => {
    const window = { from: new Date(Date.now() - 30_000), to: new Date(Date.now() + 120_000) };

    it('a submit that met an error inside may have made a task', async () => {
      for (const row of [
        worded(500, 'server_error', 1000, 'internal'),
        worded(529, 'overloaded_error', null, 'internal'),
      ]) {
        fake().answerNext(row.answer);
        await expect(hailuo.submit(TEXT_2, V2, io())).rejects.toThrow();
      }
      fake().answerNext({ status: 418, body: '<html>' });
      await expect(hailuo.submit(TEXT_2, V2, io())).rejects.toThrow('418');
    });

    it('says how many seconds it bills', async () => {
      const task = await submit({ ...TEXT_2, seconds: 12 }, V2);
      fake().move(task.id, 'succeeded');
      expect(await hailuo.check(task, io())).toMatchObject({ usage: { seconds: 12, tokens: 273_890n } });
    });

    it.each(['cancelled', 'expired'])('a task that is %s has failed', async (state) => {
      const task = await submit(TEXT_2, V2);
      fake().move(task.id, state);
      expect(await hailuo.check(task, io())).toMatchObject({ failure: { kind: 'generation_failed' } });
    });

    it.each(['{"task":{"id":"1","status":"failed"}}', '{"task":{"id":"ID"}}', '{"id":"ID","status":"failed"}'])(
      'no task is judged by %s',
      async (body) => {
        const task = await submit(TEXT_2, V2);
        fake().answerNext({ status: 200, body: body.replace('ID', task.id) });
        await expect(hailuo.check(task, io())).rejects.toThrow('the vendor');
      },
    );

    it('a lost submit is told apart by all that the list shows', async () => {
      const asked = { ...TEXT_2, seconds: 8 };
      const task = await submit(asked, V2);
      const fits = async (spec: VideoSpec): Promise<boolean | undefined> =>
        (await hailuo.listRecent?.(spec, V2, window, io()))?.find((one) => one.task.id === task.id)?.fits;
      expect(await fits(asked)).toBe(true);
      expect(await fits({ ...asked, seconds: 5 })).toBe(false);
      expect(await fits({ ...asked, resolution: '2k' })).toBe(false);
      expect(await fits({ ...asked, ratio: '1:1' })).toBe(false);
      expect(await fits({ ...asked, mode: 'upscale' })).toBe(false);
      const past = { from: new Date(Date.now() - 600_000), to: new Date(Date.now() - 300_000) };
      expect(await hailuo.listRecent?.(asked, V2, past, io())).toEqual([]);
    });

    it('a lost submit is looked for on as many pages as were made since', async () => {
      const page = (secondsAgo: number): string => {
        const made = Math.floor(Date.now() / 1_000);
        const items = Array.from({ length: 100 }, (_, index) => ({
          id: `x-${index}`,
          created_at: index === 99 ? made - secondsAgo : made,
        }));
        return JSON.stringify({ items, total: 9_999 });
      };
      const pages = async (secondsAgo: number, times: number): Promise<number> => {
        const before = fake().seen.length;
        for (let time = 0; time < times; time += 1) fake().answerNext({ status: 200, body: page(secondsAgo) });
        await hailuo.listRecent?.(TEXT_2, V2, window, io());
        return fake().seen.length - before;
      };
      expect(await pages(600, 1)).toBe(1);
      expect(await pages(0, 2)).toBe(3);
      await expect(pages(0, 10)).rejects.toThrow('more tasks than can be read');
    });

    it('a cancel ends a task that waits, and no other', async () => {
      const waiting = await submit(TEXT_2, V2);
      expect(await hailuo.cancel?.(waiting, io())).toBe(true);
      expect(await hailuo.cancel?.(waiting, io())).toBe(true);
      const running = await submit(TEXT_2, V2);
      fake().move(running.id, 'running');
      expect(await hailuo.cancel?.(running, io())).toBe(false);
      const done = await submit(TEXT_2, V2);
      fake().move(done.id, 'succeeded');
      expect(await hailuo.cancel?.(done, io())).toBe(false);
      expect(await hailuo.check(done, io())).toMatchObject({ kind: 'done' });
    });

    it('a cancel is too late for a task that began at this moment', async () => {
      const task = await submit(TEXT_2, V2);
      fake().move(task.id, 'running');
      fake().answerNext({ status: 200, body: `{"task":{"id":"${task.id}","status":"queued"}}` });
      expect(await hailuo.cancel?.(task, io())).toBe(false);
    });

    it('what would be too much for a request is given by links of ours where there are any', async () => {
      const large = { ...inputOf('reference_image', null), bytes: 30_000_000 };
      const spec = { ...REFERENCE_2, inputs: [large, large] };
      await submit(spec, V2);
      expect(JSON.stringify(bodyOf(fake()))).not.toContain('base64');
      const { files } = io();
      await submit(spec, V2, { files: { ...files, link: () => null } });
      expect(JSON.stringify(bodyOf(fake()))).toContain('base64');
    });

    it('a key is tested by a list that costs nothing', async () => {
      expect(await hailuo.testCredential?.(io())).toMatchObject({ ok: true });
      const wrong = await hailuo.testCredential?.(io({ credential: 'eyJ-wrong-canary' }));
      expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('1004') });
      for (const answer of [
        { status: 503, body: '' },
        { status: 200, body: '{}' },
        { status: 429, body: '{}' },
      ]) {
        fake().answerNext(answer);
        await expect(hailuo.testCredential?.(io())).rejects.toThrow();
      }
    });
  });
});

it('explains what is wrong with a key of MiniMax', () => {
  expect(hailuo.credentialFault('Bearer eyJ-minimax-0000')).toContain("without 'Bearer'");
  expect(hailuo.credentialFault('1893|eyJ-minimax-0000')).toContain('a group id is not needed');
  expect(hailuo.credentialFault('eyJ')).toContain('is cut');
});

function bodyOf(fake: Fake): unknown {
  return fake.seen.at(-1)?.body;
}
