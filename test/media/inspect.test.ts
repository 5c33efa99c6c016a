// The inspector: facts and stills of any vendor's video, and calm in the face of broken files.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { PoolClosedError, WorkerPool } from '../../src/media/inspect/worker-pool.ts';
import { renderClip } from '../../src/media/studio/render.ts';
import { SMALL_PLAN, writeFlatPicture, writeTone, writeWebm } from './fixtures/make-media.ts';

let folder: string;
let inspector: Inspector;
let clip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-test-'));
  inspector = openInspector();
  clip = join(folder, 'clip.mp4');
  await renderClip({ ...SMALL_PLAN, audio: true }, clip, () => undefined);
});

afterAll(async () => {
  await inspector.close();
  await rm(folder, { recursive: true, force: true });
});

async function written(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('probing', () => {
  it('tells the facts of an MP4 with sound', async () => {
    expect(await inspector.probe(clip)).toEqual({
      durationMs: 1_000,
      width: 320,
      height: 180,
      fps: 24,
      videoCodec: 'h264',
      audioCodec: 'aac',
    });
    expect((await inspector.probeAudio(clip))?.durationMs).toBeGreaterThan(950);
  });

  it('tells the facts of a WebM', async () => {
    const path = join(folder, 'clip.webm');
    await writeWebm(path, 12, 12);
    expect(await inspector.probe(path)).toMatchObject({
      durationMs: 1_000,
      width: 320,
      videoCodec: 'vp9',
      audioCodec: null,
    });
    expect(await inspector.stills(path)).not.toBeNull();
  });

  it('measures audio files, and says that they are no videos', async () => {
    const path = join(folder, 'tone.wav');
    await writeTone(path, 2.5, 300, 0.3);
    expect(await inspector.probeAudio(path)).toEqual({ durationMs: 2_500 });
    expect(await inspector.probe(path)).toBeNull();
    expect(await inspector.stills(path)).toBeNull();
  });

  it('finds nothing in what is no media file', async () => {
    const paths = [
      await written('empty.mp4', ''),
      await written('page.mp4', '<!doctype html><title>Not found</title>'),
      await written('noise.mp4', Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 251))),
      join(folder, 'missing.mp4'),
    ];
    for (const path of paths) {
      expect(await inspector.probe(path)).toBeNull();
      expect(await inspector.probeAudio(path)).toBeNull();
      expect(await inspector.stills(path)).toBeNull();
    }
  });

  it('does not follow a playlist to other files', async () => {
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${clip}\n#EXT-X-ENDLIST\n`;
    expect(await inspector.probe(await written('list.m3u8', playlist))).toBeNull();
  });

  it('survives a file cut off anywhere, and one with damaged headers', async () => {
    const whole = await readFile(clip);
    for (const share of [0.001, 0.01, 0.05, 0.3, 0.7, 0.99]) {
      const path = await written('cut.mp4', whole.subarray(0, Math.ceil(whole.length * share)));
      await inspector.probe(path);
      await inspector.stills(path);
    }
    const moov = whole.indexOf('moov', 0, 'latin1');
    for (let at = moov; at < moov + 600; at += 37) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, at, at + 4);
      const path = await written('damaged.mp4', damaged);
      await inspector.probe(path);
      await inspector.stills(path);
    }
    expect(await inspector.probe(clip)).not.toBeNull();
  });
});

describe('stills', () => {
  it('are a WebP thumbnail and a JPEG sheet of 25 frames', async () => {
    const stills = await inspector.stills(clip);
    expect(stills?.thumbnail.toString('latin1', 8, 12)).toBe('WEBP');
    expect(stills?.spritesheet.readUInt16BE(0)).toBe(0xffd8);
    const thumbnail = await loadImage(stills?.thumbnail ?? Buffer.alloc(0));
    const sheet = await loadImage(stills?.spritesheet ?? Buffer.alloc(0));
    expect([thumbnail.width, thumbnail.height]).toEqual([320, 180]);
    expect([sheet.width, sheet.height]).toEqual([800, 450]);
  });

  it('shrink a large frame to the asked side', async () => {
    const stills = await inspector.stills(clip, { thumbnailSide: 100, cellWidth: 80, columns: 2 });
    const thumbnail = await loadImage(stills?.thumbnail ?? Buffer.alloc(0));
    const sheet = await loadImage(stills?.spritesheet ?? Buffer.alloc(0));
    expect([thumbnail.width, thumbnail.height]).toEqual([100, 56]);
    expect([sheet.width, sheet.height]).toEqual([160, 90]);
  });

  it('pass over a black opening', async () => {
    const black = join(folder, 'black.png');
    await writeFlatPicture(black, '#000000');
    const path = join(folder, 'from-black.mp4');
    await renderClip(
      { ...SMALL_PLAN, images: [{ role: 'first_frame', path: black, sha256: 'black' }] },
      path,
      () => undefined,
    );
    const stills = await inspector.stills(path);
    const thumbnail = await loadImage(stills?.thumbnail ?? Buffer.alloc(0));
    const context = createCanvas(thumbnail.width, thumbnail.height).getContext('2d');
    context.drawImage(thumbnail, 0, 0);
    const { data } = context.getImageData(0, 0, thumbnail.width, thumbnail.height);
    expect(data.some((value, index) => index % 4 !== 3 && value > 150)).toBe(true);
  });

  it('are absent for a codec nobody here can decode, while the container still tells the facts', async () => {
    const strange = Buffer.from(await readFile(clip));
    strange.write('zzzz', strange.indexOf('avc1', strange.indexOf('stsd', 0, 'latin1'), 'latin1'), 'latin1');
    const path = await written('strange.mp4', strange);
    expect(await inspector.probe(path)).toMatchObject({
      width: 320,
      height: 180,
      durationMs: 1_000,
      videoCodec: 'zzzz',
    });
    expect(await inspector.stills(path)).toBeNull();
  });
});

describe('the workers', () => {
  it('stop work that misses its deadline, go on with the next, and know nothing of the environment', async () => {
    const url = new URL('./fixtures/slow-worker.ts', import.meta.url);
    const pool = new WorkerPool<string, never, string>({ url, workers: 1, maxQueued: 4 });
    const stuck = pool.run({ job: 'hang', timeoutMs: 200 });
    const next = pool.run({ job: 'hello', timeoutMs: 10_000 });
    await expect(stuck).rejects.toThrow(/longer than 200 ms/);
    expect(await next).toBe('hello');
    expect(await pool.run({ job: 'environment', timeoutMs: 10_000 })).toBe('');
    await pool.close();
    await expect(pool.run({ job: 'late', timeoutMs: 1_000 })).rejects.toThrow(PoolClosedError);
  });

  it('are replaced when they hold too much memory', async () => {
    const url = new URL('./fixtures/slow-worker.ts', import.meta.url);
    const pool = new WorkerPool<string, never, string>({ url, workers: 1, maxQueued: 4 });
    const run = (job: string): Promise<string> => pool.run({ job, timeoutMs: 30_000 });
    const first = await run('process');
    expect(await run('process')).toBe(first);
    expect(await run('leak')).toBe('leak');
    expect(await run('process')).not.toBe(first);
    await pool.close();
  });

  it('answer many calls with few processes', async () => {
    const facts = await Promise.all(Array.from({ length: 12 }, () => inspector.probe(clip)));
    expect(facts.every((fact) => fact?.videoCodec === 'h264')).toBe(true);
  });
});
