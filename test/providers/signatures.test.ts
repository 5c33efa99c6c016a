/** Signatures against code that nobody here wrote: the vendors' own SDKs call the fakes, with the clock at rest. */

import { Agent } from 'node:http';
import { Service } from '@volcengine/openapi';
import { jwtVerify, SignJWT } from 'jose';
import { vod } from 'tencentcloud-sdk-nodejs-vod';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { signedHeaders } from '../../src/providers/jimeng/sign.ts';
import { signToken } from '../../src/providers/kling/sign.ts';
import { tc3Authorization } from '../../src/providers/tencent-vod/sign.ts';
import { startJimengVendor } from '../fakes/jimeng-vendor.ts';
import { startKlingVendor } from '../fakes/kling-vendor.ts';
import { startTencentVod, VOD_HOST } from '../fakes/tencent-vod-vendor.ts';
import type { Fake, SeenRequest } from './suite.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const NOW_S = NOW.getTime() / 1_000;

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
afterEach(() => vi.useRealTimers());

function lastOf({ seen }: Fake): SeenRequest {
  const last = seen.at(-1);
  if (last === undefined) throw new Error('the fake saw nothing');
  return last;
}

describe('tencentcloud-sdk-nodejs-vod', () => {
  const SUB_APP_ID = 1500000001;
  const keys = { secretId: 'AKIDEXAMPLE', secretKey: 'SECRETKEYEXAMPLE' };

  it('is taken by the fake, and signs every call byte for byte as we do', async () => {
    const fake = await startTencentVod({ subAppId: SUB_APP_ID, ...keys });
    try {
      // The SDK takes the service that it signs for from the first word of the host.
      const agent = new Agent({
        lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
      });
      const client = new vod.v20180717.Client({
        credential: keys,
        region: 'ap-guangzhou',
        profile: { httpProfile: { endpoint: `${VOD_HOST}:${new URL(fake.root).port}`, protocol: 'http://', agent } },
      });
      const expectOurs = (): void => {
        const { body, headers } = lastOf(fake);
        const contentType = headers['content-type'] ?? '';
        const call = { host: VOD_HOST, contentType, body: JSON.stringify(body), unixSeconds: NOW_S };
        const own = { kind: 'keys', subAppId: String(SUB_APP_ID), ...keys, region: null, signKey: null } as const;
        expect(headers['authorization']).toBe(tc3Authorization(call, own));
      };
      const { TaskId } = await client.CreateAigcVideoTask({
        SubAppId: SUB_APP_ID,
        ModelName: 'Kling',
        ModelVersion: '3.0-Omni',
        Prompt: '一只红狐在雪中奔跑',
        OutputConfig: { StorageMode: 'Temporary', Duration: 5, Resolution: '1080P', AudioGeneration: 'Enabled' },
      });
      expectOurs();
      expect(fake.books.map(({ id }) => id)).toEqual([TaskId]);
      const { Status } = await client.DescribeTaskDetail({ TaskId: TaskId ?? '', SubAppId: SUB_APP_ID });
      expectOurs();
      expect(Status).toBe('WAITING');
    } finally {
      await fake.close();
    }
  });
});

describe('@volcengine/openapi', () => {
  const credential = { accessKeyId: 'AKLTEXAMPLE', secretAccessKey: 'VOLCSECRETEXAMPLE' };

  it('is taken by the fake, and signs every call byte for byte as we do', async () => {
    const fake = await startJimengVendor(`${credential.accessKeyId}|${credential.secretAccessKey}`);
    try {
      const { host } = new URL(fake.url);
      const service = new Service({
        host,
        protocol: 'http:',
        serviceName: 'cv',
        region: 'cn-north-1',
        accessKeyId: credential.accessKeyId,
        secretKey: credential.secretAccessKey,
      });
      const api = (action: string) => service.createJSONAPI(action, { Version: '2022-08-31' });
      const ask = async (action: string, body: object): Promise<unknown> => {
        const answer: unknown = await api(action)(body, { Action: action, headers: { Host: host } });
        const { path, headers, body: sent } = lastOf(fake);
        const ours = signedHeaders(
          { method: 'POST', url: new URL(path, fake.url), body: JSON.stringify(sent), at: NOW },
          credential,
        );
        expect(headers).toMatchObject(ours);
        return answer;
      };
      const task = { req_key: 'jimeng_t2v_v30', prompt: '千军万马', seed: -1, frames: 121, aspect_ratio: '16:9' };
      expect(await ask('CVSync2AsyncSubmitTask', task)).toMatchObject({ code: 10_000 });
      const query = { req_key: 'jimeng_t2v_v30', task_id: fake.books[0]?.id };
      expect(await ask('CVSync2AsyncGetResult', query)).toMatchObject({ data: { status: 'in_queue' } });
      // As it signs by itself, without the host.
      expect(await api('CVSync2AsyncGetResult')(query)).toMatchObject({ data: { status: 'in_queue' } });
    } finally {
      await fake.close();
    }
  });
});

describe('jose', () => {
  const keys = { apiKey: 'api-key', accessKey: 'ak-2', secretKey: 'sk-2/with+special=' };
  const secret = new TextEncoder().encode(keys.secretKey);

  it('verifies our token', async () => {
    const token = signToken(keys.accessKey, keys.secretKey, NOW.getTime());
    const { payload, protectedHeader } = await jwtVerify(token, secret, { algorithms: ['HS256'] });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({ iss: keys.accessKey, exp: NOW_S + 1_800, nbf: NOW_S - 5 });
  });

  it('makes a token that the fake takes', async () => {
    const fake = await startKlingVendor(keys);
    try {
      const signed = async (key: Uint8Array): Promise<number> => {
        const token = await new SignJWT({ iss: keys.accessKey, exp: NOW_S + 1_800, nbf: NOW_S - 5 })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .sign(key);
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${fake.url}/v1/videos/text2video/unknown`, { headers })).status;
      };
      expect([await signed(secret), await signed(new TextEncoder().encode('another'))]).toEqual([404, 401]);
    } finally {
      await fake.close();
    }
  });
});
