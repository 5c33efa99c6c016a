/**
 * No secret gets out (L01 to L06, L12): a real server at its most talkative, with a vendor and a receiver that repeat whatever
 * they are sent, is killed in the middle, started again, and everything that it said or left behind is searched.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { withDatabase } from '../process/server-process.ts';
import { admin, ask } from '../process/shop.ts';
import { openStage } from './canary-stage.ts';
import type { Stage } from './canary-stage.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Names of those that are in the text as they are, in hexadecimal, or in base64. */
function found(text: string | Buffer, canaries: ReadonlyMap<string, string>): string[] {
  return [...canaries].flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    // The end of what comes before it decides how base64 begins, so that only its inside is looked for.
    const forms = [value, bytes.toString('hex'), bytes.subarray(3).toString('base64').slice(0, -4)];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

const all = (): ReadonlyMap<string, string> => new Map([...stage.secrets, ...stage.words]);

describe('no secret of anyone', () => {
  it('was missing from this test', async () => {
    expect([...stage.secrets.values()].filter((value) => value.length < 16)).toEqual([]);
    expect(stage.secrets.size).toBe(6);
    // The vendor was given its key, and repeated it.
    expect(stage.vendorSaid.some((said) => found(said, stage.secrets).includes('the key of a channel'))).toBe(true);
  });

  it('is in a log, nor what users wrote, nor the addresses of their files', () => {
    const log = stage.servers.map((server) => server.said()).join('\n');
    expect(log).toContain('"msg":"request"');
    expect(found(log, all())).toEqual([]);
  });

  it('is in an answer to a client or an operator', () => {
    expect(stage.answers.length).toBeGreaterThan(40);
    expect(stage.answers.filter((answer) => found(answer, stage.secrets).length > 0)).toEqual([]);
  });

  it('is in what receivers were told', () => {
    expect(stage.heard.length).toBeGreaterThan(0);
    expect(stage.heard.filter((heard) => found(heard, stage.secrets).length > 0)).toEqual([]);
  });

  it('is in what the vendor was sent, but for its own key in its own header', () => {
    const others = new Map([...stage.secrets].filter(([name]) => name !== 'the key of a channel'));
    for (const { path, headers, body } of stage.vendorSeen) {
      const { authorization = '', ...rest } = headers;
      expect(found(JSON.stringify([path, rest, body]), stage.secrets)).toEqual([]);
      expect(found(authorization, others)).toEqual([]);
    }
  });

  it.skipIf(process.platform !== 'linux')('is in the environment of a process that the server starts', () => {
    expect(stage.environments.length).toBeGreaterThan(3);
    expect(stage.environments.filter((environment) => found(environment, stage.secrets).length > 0)).toEqual([]);
  });

  it('is readable in the database', async () => {
    await withDatabase(stage.home, async (db) => {
      const tables = await db.query<{ place: string }>(
        `select format('%I.%I', table_schema, table_name) as place from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      );
      const keeps = new Map<string, string[]>();
      for (const { place } of tables) {
        const rows = await db.query<{ row: string }>(`select one::text as row from ${place} as one`);
        const names = found(rows.map(({ row }) => row).join('\n'), all());
        if (names.length > 0) keeps.set(place, names);
      }
      expect(keeps.size).toBeGreaterThan(0);
      expect([...keeps.values()].flat().filter((name) => stage.secrets.has(name))).toEqual([]);
      // What users said is in their jobs, what is told of them and what the told answer, and nowhere else.
      const places = ['public.attempt', 'public.delivery', 'public.delivery_try', 'public.job', 'public.vendor_output'];
      expect([...keeps.keys()].filter((place) => !places.includes(place))).toEqual([]);
    });
  });

  it('is in a file of the data directory', async () => {
    const files = await readdir(stage.home.dataDir, { recursive: true, withFileTypes: true });
    const places: string[] = [];
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name);
      // PostgreSQL removes some of its files at any time.
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      if (found(bytes, stage.secrets).length > 0) places.push(path);
    }
    expect(files.length).toBeGreaterThan(100);
    expect(places).toEqual([]);
  });
});

it('the server was well all the while', async () => {
  const { url } = stage.servers.at(-1) ?? { url: '' };
  expect(await admin(url, stage.home.adminKey, 'GET', '/audit')).toMatchObject({ ok: true });
  expect((await ask(url, stage.secrets.get('the key of a client') ?? '', 'GET', '/v1/videos')).status).toBe(200);
});
