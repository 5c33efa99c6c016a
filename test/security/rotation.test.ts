/** Secrets at rest: bound to their row, useless without the secret of the installation, and renewed while the server runs. */

import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { derive } from '../../src/envelope.ts';
import { openInstallationSecrets } from '../../src/installation-secrets.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { rotateSecrets } from '../../src/rotate-secrets.ts';
import { createSecrets } from '../../src/secrets.ts';
import type { Secrets } from '../../src/secrets.ts';
import type { Database } from '../../src/store/database.ts';
import { until } from '../process/shop.ts';
import { homeOfNodes } from './home-node.ts';
import type { HomeOfNodes, Node } from './home-node.ts';

const OLD = 'the secret that this installation began with';
const NEW = 'the secret that takes the place of the old one';
const CREDENTIALS = 500;

let home: HomeOfNodes;
beforeEach(async () => {
  home = await homeOfNodes();
});
afterEach(() => home.remove());

const BOTH = { REELGATE_SECRET: NEW, REELGATE_SECRET_PREVIOUS: OLD };

/** A channel with `count` credentials. */
async function channel(node: Node, name: string, count: number): Promise<JsonObject> {
  const credentials = Array.from({ length: count }, (_, at) => `sk-vendor-${name}-${at}`).join('\n');
  return node.admin('POST', '/channels', {
    name,
    provider: 'openai-video',
    base_url: 'http://127.0.0.1:9',
    credentials,
  });
}

/** An endpoint with a secret that was rotated, and the secret of callbacks. */
async function webhookSecrets(node: Node): Promise<void> {
  const ask = async (method: string, path: string, body?: object): Promise<JsonObject> => {
    const headers = { authorization: `Bearer ${home.testKey}`, 'content-type': 'application/json' };
    const response = await fetch(`${node.url}/v1/webhook_endpoints${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as JsonObject;
  };
  const { id } = await ask('POST', '', { url: 'https://example.com/hook', event_types: ['video.completed'] });
  await ask('POST', `/${String(id)}/rotate_secret`, {});
  await ask('GET', '/callback_secret');
}

/** How many sealed values there are, and how many of them `secrets` open. */
async function readable(secrets: Secrets): Promise<{ readonly values: number; readonly opened: number }> {
  const rows = await home.db.query<{ sealed: Buffer; context: string }>(`
    select sealed, 'channel_credential:' || id as context from channel_credential
    union all select secret_sealed, 'webhook_endpoint:' || id || ':secret' from webhook_endpoint
    union all select previous_sealed, 'webhook_endpoint:' || id || ':secret' from webhook_endpoint where previous_sealed is not null
    union all select secret_sealed, 'callback_secret:' || account_id || ':' || mode || ':secret' from callback_secret`);
  const opened = rows.filter(({ sealed, context }) => {
    try {
      secrets.open(sealed, context);
      return true;
    } catch {
      return false;
    }
  });
  return { values: rows.length, opened: opened.length };
}

describe('a credential in the database', () => {
  it('does not open in the row of another (L10), nor once a byte of it was changed (L11)', async () => {
    const node = await home.start({ REELGATE_SECRET: OLD });
    const [one, other] = [await channel(node, 'one', 1), await channel(node, 'other', 1)];
    const test = async (id: unknown): Promise<JsonObject> => node.admin('POST', `/channels/${String(id)}/test`);
    const unread = { ok: false, credentials: [{ message: expect.stringContaining('cannot be read') }] };
    expect(await test(one['id'])).not.toMatchObject(unread);
    await home.db.query(
      `update channel_credential as mine set sealed = theirs.sealed from channel_credential theirs
       where mine.channel_id = $1 and theirs.channel_id = $2`,
      [one['id'], other['id']],
    );
    await home.db.query(
      `update channel_credential set sealed = set_byte(sealed, length(sealed) - 1, 255 - get_byte(sealed, length(sealed) - 1))
       where channel_id = $1`,
      [other['id']],
    );
    // What a node has read of its channels, it reads again shortly.
    await until('the node sees it', async () =>
      JSON.stringify(await test(one['id'])).includes('cannot be read') ? true : null,
    );
    expect(await test(one['id'])).toMatchObject(unread);
    expect(await test(other['id'])).toMatchObject(unread);
  });
});

describe('a server without the secret of its database (L13)', () => {
  it('refuses to start, and makes no new one', async () => {
    await (await home.start()).stop();
    const path = join(home.dataDir, 'secret');
    const secret = (await readFile(path, 'utf8')).trim();
    await rm(path);
    await expect(home.start()).rejects.toThrow('made with a secret that is missing');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
    await expect(home.start({ REELGATE_SECRET: NEW })).rejects.toThrow('is not the one this database was made with');
    const node = await home.start({ REELGATE_SECRET: secret });
    expect(await node.status('/v1/videos', home.testKey)).toBe(200);
  });

  it('refuses too while something is still sealed under a secret that was taken away', async () => {
    const first = await home.start({ REELGATE_SECRET: OLD });
    await channel(first, 'one', 1);
    await first.stop();
    // Only what proves the secret was brought under the new one.
    const secrets = await openInstallationSecrets({ dataDir: home.dataDir, secret: NEW, previousSecret: OLD }, home.db);
    await expect(rotateSecrets(failingAfter(0), secrets)).rejects.toThrow('cut off');
    await expect(home.start({ REELGATE_SECRET: NEW })).rejects.toThrow(
      'Some credentials of channels are still sealed under another secret. Give it as REELGATE_SECRET_PREVIOUS',
    );
    await home.start(BOTH);
  });

  it('says so of a secret file that is damaged', async () => {
    await (await home.start()).stop();
    await writeFile(join(home.dataDir, 'secret'), 'short\n');
    await expect(home.start()).rejects.toThrow('is damaged');
  });
});

/** The database of an installation whose connection is lost after so many renewals of a batch. */
function failingAfter(renewals: number): Database {
  let left = renewals;
  return {
    ...home.db,
    query: (text, values, name) => {
      if (/update channel_credential set/.test(text)) {
        if (left === 0) return Promise.reject(new Error('cut off'));
        left -= 1;
      }
      return home.db.query(text, values, name);
    },
  };
}

describe('a rotation', () => {
  it('brings everything under the new secret, and then the old one is not needed', async () => {
    const first = await home.start({ REELGATE_SECRET: OLD });
    await channel(first, 'one', 3);
    await webhookSecrets(first);
    await first.stop();
    const second = await home.start(BOTH);
    const before = await readable(createSecrets(NEW));
    // 3 of the channel, 1 of the sandbox, 2 of the endpoint, 1 of callbacks; and the pepper.
    expect(before).toEqual({ values: 7, opened: 0 });
    expect(await second.admin('POST', '/secrets/rotate')).toEqual({ status: 200, resealed: 8, unreadable: 0, left: 0 });
    expect(await second.admin('POST', '/secrets/rotate')).toEqual({ status: 200, resealed: 0, unreadable: 0, left: 0 });
    expect(await readable(createSecrets(NEW))).toEqual({ values: 7, opened: 7 });
    await second.stop();
    const third = await home.start({ REELGATE_SECRET: NEW });
    // The keys of clients and of the operator are as good as before.
    expect(await third.status('/v1/videos', home.testKey)).toBe(200);
    await third.admin('GET', '/accounts');
    await third.stop();
    await expect(home.start({ REELGATE_SECRET: OLD })).rejects.toThrow('is not the one this database was made with');
  });

  it('goes by the secret file too: the new one above the old one, until it is not needed', async () => {
    await (await home.start()).stop();
    const path = join(home.dataDir, 'secret');
    const old = await readFile(path, 'utf8');
    await writeFile(path, `${NEW}\n${old}`);
    const node = await home.start();
    expect(await node.admin('POST', '/secrets/rotate')).toMatchObject({ status: 200, resealed: 2, left: 0 });
    await node.stop();
    await writeFile(path, `${NEW}\n`);
    expect(await (await home.start()).status('/v1/videos', home.testKey)).toBe(200);
  });

  it('that ends midway leaves every value readable, and the next one goes on (L14)', async () => {
    const first = await home.start({ REELGATE_SECRET: OLD });
    await channel(first, 'many', CREDENTIALS);
    await first.stop();
    const secrets = await openInstallationSecrets({ dataDir: home.dataDir, secret: NEW, previousSecret: OLD }, home.db);
    for (const renewals of [0, 1]) {
      await expect(rotateSecrets(failingAfter(renewals), secrets)).rejects.toThrow('cut off');
      expect(await readable(secrets)).toEqual({ values: CREDENTIALS + 1, opened: CREDENTIALS + 1 });
    }
    const { opened } = await readable(createSecrets(NEW));
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(CREDENTIALS);
    expect(await rotateSecrets(home.db, secrets)).toEqual({
      resealed: CREDENTIALS + 1 - opened,
      unreadable: 0,
      left: 0,
    });
    expect(await readable(createSecrets(NEW))).toEqual({ values: CREDENTIALS + 1, opened: CREDENTIALS + 1 });
  });

  it('on two nodes at once, while both use and change secrets, loses none', async () => {
    const first = await home.start({ REELGATE_SECRET: OLD });
    await channel(first, 'many', CREDENTIALS);
    await first.stop();
    const [one, two] = [await home.start(BOTH), await home.start(BOTH)];
    const both = createSecrets(NEW, [OLD]);
    const seen: boolean[] = [];
    let over = false;
    const looking = (async () => {
      while (!over) {
        const { values, opened } = await readable(both);
        seen.push(values === opened);
      }
    })();
    const [a, b] = await Promise.all([
      one.admin('POST', '/secrets/rotate'),
      two.admin('POST', '/secrets/rotate'),
      webhookSecrets(two),
    ]);
    over = true;
    await looking;
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(false);
    expect(Number(a['resealed']) + Number(b['resealed'])).toBeGreaterThanOrEqual(CREDENTIALS + 2);
    expect(await two.admin('POST', '/secrets/rotate')).toMatchObject({ resealed: 0, left: 0 });
    const { values, opened } = await readable(createSecrets(NEW));
    expect(opened).toBe(values);
  });

  it('leaves a value that nobody can open where it is, and says so', async () => {
    const node = await home.start({ REELGATE_SECRET: OLD });
    await channel(node, 'one', 2);
    await node.stop();
    await home.db.query(
      `update channel_credential set sealed = set_byte(sealed, 60, 255 - get_byte(sealed, 60))
       where id = (select id from channel_credential order by id desc limit 1)`,
    );
    const after = await home.start(BOTH);
    expect(await after.admin('POST', '/secrets/rotate')).toEqual({ status: 200, resealed: 3, unreadable: 1, left: 1 });
  });
});

describe('an installation from before values had keys of their own', () => {
  it('goes on with its keys and credentials, and a rotation brings them into the new form', async () => {
    const node = await home.start({ REELGATE_SECRET: OLD });
    const { id } = await channel(node, 'one', 1);
    await node.stop();
    await makeEarlier(OLD);
    const upgraded = await home.start({ REELGATE_SECRET: OLD });
    expect(await upgraded.status('/v1/videos', home.testKey)).toBe(200);
    const tested = await upgraded.admin('POST', `/channels/${String(id)}/test`);
    expect(JSON.stringify(tested)).not.toContain('cannot be read');
    expect(await upgraded.admin('POST', '/secrets/rotate')).toMatchObject({ status: 200, resealed: 2, left: 0 });
    await upgraded.stop();
    const again = await home.start({ REELGATE_SECRET: OLD });
    expect(await again.status('/v1/videos', home.testKey)).toBe(200);
  });

  it('refuses a wrong secret as before', async () => {
    await (await home.start({ REELGATE_SECRET: OLD })).stop();
    await makeEarlier(OLD);
    await expect(home.start({ REELGATE_SECRET: NEW })).rejects.toThrow('is not the one this database was made with');
    await (await home.start(BOTH)).stop();
  });
});

/** The database as the first release left it: bare values, digests by the secret itself, and a check of it. */
async function makeEarlier(secret: string): Promise<void> {
  const { db } = home;
  const digest = (text: string): Buffer => createHmac('sha256', derive(secret, 'api-key-digest')).update(text).digest();
  await db.query(`delete from setting where name = 'key_pepper'`);
  await db.query(`insert into setting (name, value) values ('secret_check', to_jsonb($1::text))`, [
    digest('reelgate').toString('base64url'),
  ]);
  await db.query('update api_key set digest = $1', [digest(home.testKey)]);
  const plain = new Map([
    ['sandbox', ''],
    ['openai-video', 'sk-vendor-one-0'],
  ]);
  const found = await db.query<{ id: string; provider: string }>(
    'select one.id, channel.provider from channel_credential one join channel on channel.id = one.channel_id',
  );
  for (const { id, provider } of found) {
    const sealed = bare(secret, plain.get(provider) ?? '', `channel_credential:${id}`);
    await db.query('update channel_credential set sealed = $2 where id = $1', [id, sealed]);
  }
}

function bare(secret: string, plain: string, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', derive(secret, 'credential-seal'), nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body]);
}
