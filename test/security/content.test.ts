/** Files, paths and words that other programs might act upon: the cases X. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf } from '../support/reelgate.ts';
import { CONTENT } from './cases/content.ts';
import { DOORS, put } from './support/doors.ts';
import { expectAnswer } from './support/refusals.ts';
import { runCases } from './support/run-cases.ts';
import { leavesNothing, openWorld, VENDOR_KEY } from './support/world.ts';
import type { World } from './support/world.ts';

const MAX_DETAIL_CHARS = 500;
const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3' };

let world: World;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-content-'));
  await writeFile(join(directory, 'clip.mp4'), await smallClip());
  world = await openWorld({ providers: [quickVendor(join(directory, 'clip.mp4'), 'quick')] });
});
afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true, force: true });
});

/** Where texts stand in a value. */
function textsIn(value: Json): (string | number)[][] {
  if (typeof value === 'string') return [[]];
  if (typeof value !== 'object' || value === null) return [];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => {
    const inner: Json = Array.isArray(value) ? value[Number(step)] : isObject(value) ? (value[step] ?? null) : null;
    return textsIn(inner).map((rest) => [step, ...rest]);
  });
}

runCases('X', CONTENT, {
  X01: async (row) => {
    await leavesNothing(world, async () => {
      for (const path of row.values.map(String)) {
        for (const place of [
          `/v1/videos/${path}/content`,
          `/api/v1/videos/${path}/content`,
          `/v1beta/files/${path}:download`,
        ]) {
          const answer = await world.askAsIs('GET', place);
          expectAnswer({ ...row, id: `${row.id} ${place}` }, answer, null);
        }
        const linked = await world.askAsIs('GET', `/files/${path}?expires=9999999999&signature=x`);
        expect([path, [403, 404].includes(linked.status)]).toEqual([path, true]);
      }
    });
  },
  X04: async (row) => {
    for (const { create, prompt, dialect } of DOORS) {
      for (const text of row.values.map(String)) {
        const answer = await world.ask(put(create, prompt, text));
        expectAnswer({ ...row, id: `${row.id} ${dialect.name} ${text}` }, answer, dialect);
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      }
    }
  },
  X05: async (row) => {
    for (const { create, dialect } of DOORS) {
      const upload = Object.fromEntries(row.values.map((key) => [String(key), '/etc/passwd']));
      const body = { ...create.body, files: [{ field: 'image', ...upload }], file: upload, formFiles: [{ upload }] };
      const before = world.vendor.seen.length;
      const answer = await world.ask({ ...create, body });
      expectAnswer({ ...row, id: `${row.id} ${dialect.name}` }, answer, dialect);
      expect(JSON.stringify(world.vendor.seen.slice(before))).not.toMatch(/passwd|root:/);
    }
  },
  X06: async (row) => {
    const said = `<b>invalid key ${VENDOR_KEY}</b>${'x'.repeat(5_000)}`;
    const { reelgate, vendor } = world;
    vendor.answerNext({ status: 400, body: JSON.stringify({ error: { code: 'invalid_value', message: said } }) });
    const refused = await world.ask({ method: 'POST', path: '/v1/videos', body: VIDEO });
    expectAnswer(row, refused, null);
    expect(JSON.stringify(refused.body)).not.toContain('<b>');
    const { data } = await reelgate.admin('GET', '/jobs?state=failed&limit=1');
    const [job] = Array.isArray(data) ? data.map(objectOf) : [];
    const shown = await reelgate.admin('GET', `/jobs/${String(job?.['id'])}`);
    expect(JSON.stringify(shown)).not.toContain(VENDOR_KEY);
    expect(/x{100,}/.exec(JSON.stringify(shown))?.[0].length ?? 0).toBeLessThanOrEqual(MAX_DETAIL_CHARS);
    const rows = await reelgate.db.query<{ failure: string }>(
      'select failure::text from attempt where failure is not null',
    );
    expect(JSON.stringify(rows)).not.toContain(VENDOR_KEY);
  },
  X09: async (row) => {
    for (const { create, files, dialect } of DOORS) {
      for (const call of [create, ...files.map((file) => file.create)]) {
        for (const at of textsIn(call.body ?? {})) {
          for (const word of row.values) {
            const { status } = await world.ask(put(call, at, word));
            const name = `${dialect.name} ${at.join('.')} ${String(word)}`;
            expect([name, status < 500]).toEqual([name, true]);
          }
        }
      }
      const [path = '', query = ''] = create.path.split('?');
      for (const word of row.values.map(String)) {
        const other = await world.ask({ ...create, path: `${path.replace(/[^/:]+$/, word)}?${query}` });
        expect([dialect.name, word, other.status < 500]).toEqual([dialect.name, word, true]);
      }
    }
  },
  X08: async (row) => {
    const quick = { name: 'quick', provider: 'quick', mode: 'live', credentials: 'k', priority: 9 };
    await world.reelgate.admin('POST', '/channels', quick);
    const made = await world.ask({ method: 'POST', path: '/v1/videos', body: VIDEO });
    const path = `/v1/videos/${String(objectOf(made.body)['id'])}`;
    const video = await world.reelgate.ended(path.slice('/v1/videos/'.length), world.mine.key);
    const link = String(video['video_url']);
    expect((await fetch(link)).status).toBe(200);
    await world.ask({ method: 'DELETE', path });
    expectAnswer(row, await world.ask({ method: 'GET', path: link }, null), null);
    expect((await world.ask({ method: 'GET', path: `${path}/content` })).status).toBe(410);
    expect((await world.ask({ method: 'GET', path })).status).toBe(404);
  },
});
