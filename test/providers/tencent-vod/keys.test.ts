/** The keys of Tencent Cloud VOD, and what is signed with them: our requests, and its events. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../../src/model/json.ts';
import { eventSign, tc3Authorization } from '../../../src/providers/tencent-vod/sign.ts';
import { startTencentVod, VOD_HOST } from '../../fakes/tencent-vod-vendor.ts';
import type { TencentVodFake } from '../../fakes/tencent-vod-vendor.ts';
import { openWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';
import { error, KEY, SECRET_ID, startVod, SUB_APP_ID, tencentVod } from './native-page.ts';
import { SDK_KEYS, sdkAuthorization, TC3_VECTORS } from './vectors.ts';

let vod: TencentVodFake;
let bench: Workbench;
beforeAll(async () => {
  vod = await startVod();
  bench = await openWorkbench(vod.url, KEY);
});
afterAll(async () => {
  await vod.close();
  await bench.close();
});

describe('a credential', () => {
  it('is tried with a list, which costs nothing', async () => {
    expect(await tencentVod.testCredential?.(bench.io())).toMatchObject({ ok: true });
    const wrong = await tencentVod.testCredential?.(
      bench.io({ credential: `${SUB_APP_ID}|${SECRET_ID}|wrong-secret` }),
    );
    expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('AuthFailure.SignatureFailure') });
    expect(JSON.stringify(wrong)).not.toContain(SECRET_ID);
    expect(await tencentVod.testCredential?.(bench.io({ credential: 'word' }))).toMatchObject({ ok: false });
    vod.answerNext(error('InternalError'));
    await expect(tencentVod.testCredential?.(bench.io())).rejects.toThrow('list');
  });

  it.each([
    ['', 'empty'],
    ['a|b', 'SecretKey is missing'],
    ['app|id|key', 'SubAppId'],
    ['1||key', 'SecretId'],
    ['1|id|', 'SecretKey'],
    ['1|id|key|', 'Region'],
    ['1|id|key|CN 1', 'Region'],
    ['1|id|key||no sign', 'SignKey'],
  ])('%j is explained by its part: %s', (text, part) => {
    expect(tencentVod.credentialFault(text)).toContain(part);
  });

  it.each(['1|id|key', '1|id|key|ap-guangzhou', '1|id|key|ap-guangzhou|SIGN', '1|id|key||SIGN', 'sk-word'])(
    '%s is well formed',
    (text) => expect(tencentVod.credentialFault(text)).toBeNull(),
  );
});

describe('an event of the application', () => {
  const T = 1767226200;
  const event = (over: JsonObject) => ({
    method: 'POST' as const,
    query: {},
    headers: {},
    body: Buffer.from(
      JSON.stringify({ EventType: 'AigcVideoTaskComplete', AigcVideoCompleteEvent: { TaskId: 'task-1' }, ...over }),
    ),
  });
  const read = (over: JsonObject, key = `${KEY}||SIGNKEYEXAMPLE`, seconds = T) =>
    tencentVod.readCallback?.(event(over), bench.io({ credential: key, now: () => new Date(seconds * 1_000) }));

  it('is signed as in the reference', () => {
    expect(eventSign('SIGNKEYEXAMPLE', T)).toBe('7f8bc5ee062eabaa0f7279f841b132d4');
  });

  it('names its task', async () => {
    const notice = { kind: 'notice', task: { id: 'task-1', data: {} }, reply: null };
    expect(await read({ Sign: '7f8bc5ee062eabaa0f7279f841b132d4', T })).toEqual(notice);
    expect(await read({}, KEY)).toEqual(notice);
  });

  it('is forged where the signature is missing, wrong or too old', async () => {
    expect(await read({})).toEqual({ kind: 'forged' });
    expect(await read({ Sign: 'f'.repeat(32), T })).toEqual({ kind: 'forged' });
    expect(await read({ Sign: '7f8bc5ee062eabaa0f7279f841b132d4', T }, undefined, T + 1)).toEqual({
      kind: 'forged',
    });
  });
});

describe('TC3-HMAC-SHA256', () => {
  const keys = { kind: 'keys', subAppId: '1', region: null, signKey: null } as const;
  const { secretId, secretKey } = SDK_KEYS;

  it.each(TC3_VECTORS)('signs $name as the vendor’s SDK does', ({ date, signature, ...call }) => {
    expect(tc3Authorization(call, { ...keys, secretId, secretKey })).toBe(sdkAuthorization(date, signature));
  });

  it.each(TC3_VECTORS)('of the SDK for $name is taken by the fake, and no other', async (vector) => {
    const fake = await startTencentVod({ ...SDK_KEYS, now: () => new Date(vector.unixSeconds * 1_000) });
    const code = async (authorization: string, body: string = vector.body): Promise<string> => {
      const response = await fetch(`${fake.root}/${VOD_HOST}/`, {
        method: 'POST',
        headers: {
          'content-type': vector.contentType,
          'x-tc-action': vector.action,
          'x-tc-version': '2018-07-17',
          'x-tc-timestamp': String(vector.unixSeconds),
          authorization,
        },
        body,
      });
      const { Response } = (await response.json()) as { Response: { Error?: { Code: string } } };
      return Response.Error?.Code ?? 'ok';
    };
    const isHome = vector.host === VOD_HOST;
    const right = vector.action === 'DescribeTaskDetail' ? 'InvalidParameterValue.TaskId' : 'ok';
    const { date, signature, withAction } = vector;
    expect(await code(sdkAuthorization(date, signature))).toBe(isHome ? right : 'AuthFailure.SignatureFailure');
    expect(await code(sdkAuthorization(date, withAction, 'content-type;host;x-tc-action'))).toBe(
      isHome ? right : 'AuthFailure.SignatureFailure',
    );
    expect(await code(sdkAuthorization(date, signature), `${vector.body} `)).toBe('AuthFailure.SignatureFailure');
    await fake.close();
  });
});
