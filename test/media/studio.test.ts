/** The studio: that it renders once, forgets nothing, keeps its bounds, and harms nobody. */

import { mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { codecString } from '../../src/media/studio/encode.ts';
import { planDigest } from '../../src/media/studio/plan.ts';
import { openStudio, StudioFullError } from '../../src/media/studio/studio.ts';
import type { Studio } from '../../src/media/studio/studio.ts';
import { SMALL_PLAN } from './fixtures/make-media.ts';
import { finished, rendered } from './rendered.ts';

let folder: string;
let studio: Studio;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studio-test-'));
  studio = openStudio({ directory: join(folder, 'clips'), workers: 1 });
});

afterAll(async () => {
  await studio.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the studio', () => {
  it('names a plan by what is in its files, never by where they lie', () => {
    const image = { role: 'first_frame', path: '/a.png', sha256: 'x' } as const;
    const digest = planDigest({ ...SMALL_PLAN, images: [image] });
    expect(planDigest({ ...SMALL_PLAN, images: [{ ...image, path: '/b.png' }] })).toBe(digest);
    expect(planDigest({ ...SMALL_PLAN, images: [{ ...image, sha256: 'y' }] })).not.toBe(digest);
    expect(planDigest({ ...SMALL_PLAN, images: [{ ...image, role: 'last_frame' }] })).not.toBe(digest);
    expect(planDigest({ ...SMALL_PLAN, seed: 0 })).not.toBe(planDigest(SMALL_PLAN));
    expect(() => planDigest({ ...SMALL_PLAN, width: 321 })).toThrow(RangeError);
    expect(() => planDigest({ ...SMALL_PLAN, durationMs: 0 })).toThrow(RangeError);
  });

  it('renders a plan once however often it is started, and remembers it over a restart', async () => {
    const directory = join(folder, 'restart');
    const before = openStudio({ directory, workers: 1 });
    let renders = 0;
    before.onFinished(() => {
      renders += 1;
    });
    const digest = before.start(SMALL_PLAN);
    expect(before.start({ ...SMALL_PLAN })).toBe(digest);
    const done = await finished(before, digest);
    before.start(SMALL_PLAN);
    expect(before.status(digest)).toEqual(done);
    await before.close();
    expect(renders).toBe(1);
    await writeFile(join(directory, 'draft-left-by-a-crash.mp4'), 'x');
    await utimes(join(directory, 'draft-left-by-a-crash.mp4'), 1_000, 1_000);
    const after = openStudio({ directory, workers: 1 });
    expect(after.status(digest)).toEqual(done);
    expect(after.status('0'.repeat(64))).toEqual({ state: 'absent' });
    expect(await readdir(directory)).toEqual([`${digest}.mp4`]);
    await after.close();
  });

  it('calls off a clip that is waiting or being rendered, and makes it when it is asked for again', async () => {
    const studio = openStudio({ directory: join(folder, 'called-off'), workers: 1 });
    const tiny = { ...SMALL_PLAN, width: 64, height: 64, durationMs: 200 };
    const long = studio.start({ ...SMALL_PLAN, durationMs: 600_000 });
    const waiting = studio.start(tiny);
    studio.cancel(waiting);
    studio.cancel(long);
    const other = studio.start({ ...tiny, prompt: 'another' });
    expect(await finished(studio, other)).toMatchObject({ state: 'done' });
    expect([studio.status(long).state, studio.status(waiting).state]).toEqual(['absent', 'absent']);
    expect(await finished(studio, studio.start(tiny))).toMatchObject({ state: 'done' });
    await studio.close();
  });

  it('gives a clip another worker when one dies by bad luck', async () => {
    const directory = join(folder, 'unlucky');
    const workerUrl = new URL('./fixtures/falling-worker.ts', import.meta.url);
    const unlucky = openStudio({ directory, workers: 1, workerUrl });
    const plan = { ...SMALL_PLAN, width: 64, height: 64, durationMs: 200, prompt: 'stumble once' };
    expect(await finished(unlucky, unlucky.start(plan))).toMatchObject({ state: 'done' });
    await unlucky.close();
  });

  it('loses only the clip whose worker dies', async () => {
    const workerUrl = new URL('./fixtures/falling-worker.ts', import.meta.url);
    const fragile = openStudio({ directory: join(folder, 'fragile'), workers: 1, workerUrl });
    const tiny = { ...SMALL_PLAN, width: 64, height: 64, durationMs: 200 };
    const fallen = fragile.start({ ...tiny, prompt: 'please fall over' });
    const next = fragile.start({ ...tiny, prompt: 'go on' });
    expect(await finished(fragile, fallen)).toEqual({
      state: 'failed',
      message: 'The worker stopped with SIGSEGV.',
    });
    expect(await finished(fragile, next)).toMatchObject({ state: 'done' });
    await fragile.close();
    expect((await readdir(join(folder, 'fragile'))).filter((name) => name.startsWith('draft'))).toEqual([]);
  });

  it('refuses more clips than may wait, and cancels what is in flight when it closes', async () => {
    const directory = join(folder, 'full');
    const small = openStudio({ directory, workers: 1, maxQueued: 1 });
    const running = small.start({ ...SMALL_PLAN, prompt: 'one' });
    const waiting = small.start({ ...SMALL_PLAN, prompt: 'two' });
    expect(small.status(waiting)).toEqual({ state: 'queued' });
    expect(() => small.start({ ...SMALL_PLAN, prompt: 'three' })).toThrow(StudioFullError);
    await small.close();
    expect([small.status(running).state, small.status(waiting).state]).toEqual(['absent', 'absent']);
    expect(await readdir(directory)).toEqual([]);
  });

  it('keeps its clips within its bytes, the least recently used going first', async () => {
    const directory = join(folder, 'bounded');
    await stat(await rendered(studio, {}));
    const seeded = openStudio({ directory, workers: 1 });
    await seeded.close();
    const [old, used] = ['a'.repeat(64), 'b'.repeat(64)];
    for (const [index, digest] of [old, used].entries()) {
      await writeFile(join(directory, `${digest}.mp4`), '');
      await truncate(join(directory, `${digest}.mp4`), 1_000_000);
      await utimes(join(directory, `${digest}.mp4`), 1_000 + index, 1_000 + index);
    }
    const bounded = openStudio({ directory, workers: 1, maxBytes: 2_000_000 });
    expect(bounded.status(used)).toMatchObject({ state: 'done', bytes: 1_000_000 });
    const made = bounded.start(SMALL_PLAN);
    expect(await finished(bounded, made)).toMatchObject({ state: 'done' });
    expect(bounded.status(old)).toEqual({ state: 'absent' });
    expect(bounded.status(used)).toMatchObject({ state: 'done' });
    await bounded.close();
  });

  it('leaves the event loop free while it renders', async () => {
    const busy = openStudio({ directory: join(folder, 'busy') });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const plans = [1, 2, 3, 4].map((seed) => ({ ...SMALL_PLAN, width: 1280, height: 720, durationMs: 500, seed }));
    delay.enable();
    await Promise.all(plans.map((plan) => finished(busy, busy.start(plan))));
    delay.disable();
    await busy.close();
    // Rendering on the loop would hold it for 15 ms and more at each frame; the margin is for a crowded machine.
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
    expect(delay.percentile(50) / 1e6).toBeLessThan(10);
  });

  it('declares the lowest H.264 level that holds the picture', () => {
    expect(codecString(1280, 720, 24)).toBe('avc1.64001f');
    expect(codecString(1920, 1080, 30)).toBe('avc1.640028');
    expect(codecString(3840, 2160, 60)).toBe('avc1.640034');
  });
});
