// The studio: what its clips are made of, that they repeat, and that rendering them harms nobody.
import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createCanvas } from '@napi-rs/canvas';
import { AudioSampleSink } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readVideoFacts } from '../../src/media/inspect/facts.ts';
import { openMediaFile } from '../../src/media/inspect/media-file.ts';
import { codecString } from '../../src/media/studio/encode.ts';
import { loadFonts } from '../../src/media/studio/fonts.ts';
import { readMood } from '../../src/media/studio/mood.ts';
import { timeCode } from '../../src/media/studio/overlay.ts';
import { planDigest } from '../../src/media/studio/plan.ts';
import type { RenderPlan } from '../../src/media/studio/plan.ts';
import { composeBed } from '../../src/media/studio/sound.ts';
import { coverFit } from '../../src/media/studio/stills.ts';
import { openStudio, StudioFullError } from '../../src/media/studio/studio.ts';
import type { RenderStatus, Studio } from '../../src/media/studio/studio.ts';
import { drawable, layText } from '../../src/media/studio/text.ts';
import { framesAt, meanDifference, SMALL_PLAN, writePicture, writeTone } from './fixtures/make-media.ts';

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

function finished(from: Studio, digest: string): Promise<RenderStatus> {
  return new Promise((resolve) => {
    const settle = (): boolean => {
      const status = from.status(digest);
      if (status.state === 'queued' || status.state === 'rendering') return false;
      resolve(status);
      return true;
    };
    if (settle()) return;
    const stop = from.onFinished((other) => {
      if (other === digest && settle()) stop();
    });
  });
}

/** Renders and gives the file's path. */
async function clip(changes: Partial<RenderPlan>, from: Studio = studio): Promise<string> {
  const status = await finished(from, from.start({ ...SMALL_PLAN, ...changes }));
  if (status.state !== 'done') throw new Error(`not rendered: ${JSON.stringify(status)}`);
  return status.path;
}

function boxOffset(file: Buffer, type: string): number {
  return file.indexOf(type, 0, 'latin1') - 4;
}

describe('a clip', () => {
  it('is H.264 High in an MP4 that starts playing before it is loaded, of the asked size, length and rate', async () => {
    const path = await clip({ fps: 30, durationMs: 1_500, width: 256, height: 144 });
    const file = await readFile(path);
    expect(await readVideoFacts(path)).toEqual({
      durationMs: 1_500,
      width: 256,
      height: 144,
      fps: 30,
      videoCodec: 'h264',
      audioCodec: null,
    });
    expect(file.indexOf('avc1', 0, 'latin1')).toBeGreaterThan(0);
    expect(file[file.indexOf('avcC', 0, 'latin1') + 5]).toBe(100);
    expect(boxOffset(file, 'moov')).toBeGreaterThan(0);
    expect(boxOffset(file, 'moov')).toBeLessThan(boxOffset(file, 'mdat'));
  });

  it('has AAC sound exactly when sound is asked for, no longer than the picture', async () => {
    const path = await clip({ audio: true });
    expect(await readVideoFacts(path)).toMatchObject({ audioCodec: 'aac', durationMs: 1_000 });
    using input = openMediaFile(path);
    const duration = await input.computeDuration();
    expect(duration).toBeLessThanOrEqual(1 + 1e-3);
    expect((await loudness(path)).rms).toBeGreaterThan(0.01);
    expect((await readVideoFacts(await clip({ audio: false })))?.audioCodec).toBeNull();
  });

  it('keeps odd lengths and rates to within a frame', async () => {
    const facts = await readVideoFacts(await clip({ durationMs: 1_234, fps: 29.97 }));
    expect(Math.abs((facts?.durationMs ?? 0) - 1_234)).toBeLessThanOrEqual(1000 / 29.97);
    expect(facts?.fps).toBeCloseTo(29.97, 1);
  });

  it('is the same, byte for byte, whenever the same plan is rendered', async () => {
    const changes: Partial<RenderPlan> = { audio: true, prompt: '雨夜的霓虹街道', durationMs: 800 };
    const other = openStudio({ directory: join(folder, 'again'), workers: 1 });
    const [one, two] = [await readFile(await clip(changes)), await readFile(await clip(changes, other))];
    await other.close();
    expect(one.equals(two)).toBe(true);
  });

  it('looks different for another prompt and another seed', async () => {
    const [base] = await framesAt(await clip({}), [0.5], 160, 90);
    const [prompt] = await framesAt(await clip({ prompt: 'A snowy forest at night' }), [0.5], 160, 90);
    const [seed] = await framesAt(await clip({ seed: 8 }), [0.5], 160, 90);
    expect(meanDifference(base ?? absent(), prompt ?? absent())).toBeGreaterThan(8);
    expect(meanDifference(base ?? absent(), seed ?? absent())).toBeGreaterThan(1);
  });

  it('moves', async () => {
    const [early, late] = await framesAt(await clip({}), [0.1, 0.9], 160, 90);
    expect(meanDifference(early ?? absent(), late ?? absent())).toBeGreaterThan(1);
  });
});

describe('input images', () => {
  it('begin and end the clip as they are, and move in between', async () => {
    const first = await writePicture(join(folder, 'first.png'), 20);
    const last = await writePicture(join(folder, 'last.png'), 200, 400, 400);
    const path = await clip({
      images: [
        { role: 'first_frame', path: join(folder, 'first.png'), sha256: 'first' },
        { role: 'last_frame', path: join(folder, 'last.png'), sha256: 'last' },
      ],
    });
    const [opening, middle, closing] = await framesAt(path, [0, 0.5, 23.5 / 24], 320, 180);
    expect(meanDifference(opening ?? absent(), fittedPixels(first))).toBeLessThan(4);
    expect(meanDifference(closing ?? absent(), fittedPixels(last))).toBeLessThan(4);
    expect(meanDifference(middle ?? absent(), fittedPixels(first))).toBeGreaterThan(10);
    expect(meanDifference(middle ?? absent(), fittedPixels(last))).toBeGreaterThan(10);
  });

  it('show as a contact strip when they are references', async () => {
    await writePicture(join(folder, 'reference.png'), 120);
    const image = { role: 'reference_image', path: join(folder, 'reference.png'), sha256: 'reference' } as const;
    const [without] = await framesAt(await clip({}), [0.95], 320, 180);
    const [one] = await framesAt(await clip({ images: [image] }), [0.95], 320, 180);
    const [three] = await framesAt(await clip({ images: [image, image, image] }), [0.95], 320, 180);
    const changed = (frame: Uint8ClampedArray | undefined) => changedShare(without ?? absent(), frame ?? absent());
    expect(changed(one)).toBeGreaterThan(0.02);
    expect(changed(three)).toBeGreaterThan(changed(one) * 2);
  });

  it('fail their own clip, in words, when they are not images', async () => {
    await writeFile(join(folder, 'broken.png'), 'not a picture');
    const image = { role: 'first_frame', path: join(folder, 'broken.png'), sha256: 'broken' } as const;
    const status = await finished(studio, studio.start({ ...SMALL_PLAN, images: [image] }));
    expect(status).toEqual({ state: 'failed', message: 'An input image could not be decoded.' });
  });
});

describe('input video and sound', () => {
  it('shows a given video inset, moving', async () => {
    await writePicture(join(folder, 'a.png'), 0);
    await writePicture(join(folder, 'b.png'), 180);
    const inset = await clip({
      durationMs: 1_000,
      images: [
        { role: 'first_frame', path: join(folder, 'a.png'), sha256: 'a' },
        { role: 'last_frame', path: join(folder, 'b.png'), sha256: 'b' },
      ],
    });
    const path = await clip({ inset: { path: inset, sha256: 'inset' } });
    const [start, end] = await framesAt(path, [0.05, 0.95], 320, 180);
    const spot = { x: 60, y: 45 };
    expect(pixel(start, spot)[0]).toBeGreaterThan(pixel(start, spot)[2]);
    expect(pixel(end, spot)[2]).toBeGreaterThan(pixel(end, spot)[0]);
  });

  it('plays a given track at its own loudness and pitch, then silence', async () => {
    await writeTone(join(folder, 'tone.wav'), 0.6, 440, 0.5);
    const path = await clip({ audio: true, soundtrack: { path: join(folder, 'tone.wav'), sha256: 'tone' } });
    const heard = await loudness(path, 0.1, 0.5);
    expect(heard.rms).toBeCloseTo(0.5 / Math.SQRT2, 1);
    expect(heard.crossings / 0.4).toBeGreaterThan(860);
    expect(heard.crossings / 0.4).toBeLessThan(900);
    expect((await loudness(path, 0.75, 0.95)).rms).toBeLessThan(0.01);
  });

  it('composes a bed that never clips and ends in silence', () => {
    const blocks = [...composeBed('a prompt', 3, 4)];
    const samples = blocks.flatMap((block) => [...block.left, ...block.right]);
    expect(blocks.reduce((sum, block) => sum + block.left.length, 0)).toBe(4 * 48_000);
    expect(samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeLessThan(0.5);
    expect(Math.abs(blocks.at(-1)?.left.at(-1) ?? 1)).toBeLessThan(1e-3);
  });
});

describe('the slate', () => {
  it('draws Chinese with real glyphs, not empty boxes', async () => {
    const shapes = ['霓', '虹', '海', '雪'].map(inkOf);
    expect(new Set(shapes.map((shape) => shape.toString('base64'))).size).toBe(4);
    const { covers } = loadFonts();
    const everyday =
      '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经';
    expect([...everyday].every((character) => covers(character.codePointAt(0) ?? 0))).toBe(true);
    const [one] = await framesAt(await clip({ prompt: '黄昏的海，一叶帆船' }), [0.5], 320, 180);
    const [two] = await framesAt(await clip({ prompt: '黄昏的海，两只白鹭' }), [0.5], 320, 180);
    expect(changedShare(one ?? absent(), two ?? absent())).toBeGreaterThan(0.005);
  });

  it('leaves out what no glyph exists for', () => {
    expect(drawable('go 🚀 now\n\n  then', loadFonts().covers)).toBe('go now then');
  });

  it('breaks Chinese between characters but never before a comma or after an opening quote', () => {
    const measure = (text: string): number => [...text].length;
    const text = '他说：“我们回家吧。”海浪拍打着礁石，远处传来汽笛声。';
    for (let width = 4; width <= 16; width += 1) {
      const { lines } = layText(text, { width, ellipsis: '…', settings: [{ size: 1, maxLines: 30 }] }, measure);
      expect(lines.join('')).toBe(text);
      for (const line of lines) {
        expect(line).not.toMatch(/^[，。：”]/u);
        expect(line).not.toMatch(/“$/u);
      }
    }
  });

  it('shrinks a long prompt, then cuts it with an ellipsis', () => {
    const measure = (text: string): number => text.length;
    const settings = [
      { size: 2, maxLines: 2 },
      { size: 1, maxLines: 3 },
    ];
    const lay = (text: string) => layText(text, { width: 20, ellipsis: '...', settings }, measure);
    expect(lay('two words')).toEqual({ size: 2, lines: ['two words'] });
    expect(lay('rather a few more words than that').size).toBe(1);
    const long = lay('word '.repeat(100));
    expect(long.lines).toHaveLength(3);
    expect(long.lines.at(-1)).toMatch(/\.\.\.$/u);
    expect(long.lines.every((line) => line.length <= 20)).toBe(true);
  });

  it('counts time in hours, minutes, seconds and frames', () => {
    expect(timeCode(84, 24)).toBe('00:00:03:12');
    expect(timeCode(0, 23.976)).toBe('00:00:00:00');
    expect(timeCode(24 * 3_661 + 1, 24)).toBe('01:01:01:01');
  });

  it('sets the scene by the words of the prompt, in both languages', () => {
    const scene = (prompt: string) =>
      (({ light, terrain, weather }) => ({ light, terrain, weather }))(readMood(prompt, 1));
    expect(scene('neon city in the rain')).toEqual({ light: 'neon', terrain: 'city', weather: 'rain' });
    expect(scene('赛博朋克城市的雨')).toEqual({ light: 'neon', terrain: 'city', weather: 'rain' });
    expect(scene('日落时的沙漠')).toEqual({ light: 'sunset', terrain: 'desert', weather: 'dust' });
    expect(scene('雪夜的森林')).toEqual({ light: 'night', terrain: 'forest', weather: 'snow' });
    expect(scene('上海的白天').terrain).toBe('city');
    expect(scene('a nice street at noon')).toMatchObject({ light: 'day', terrain: 'city', weather: 'none' });
  });
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
    await stat(await clip({}));
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

function absent(): never {
  throw new Error('the frame is absent');
}

function fittedPixels(picture: Parameters<typeof coverFit>[0]): Uint8ClampedArray {
  return coverFit(picture, 320, 180).getContext('2d').getImageData(0, 0, 320, 180).data;
}

/** The share of pixels that differ clearly. */
function changedShare(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  let changed = 0;
  for (let at = 0; at < a.length; at += 4) {
    const distance = Math.abs((a[at] ?? 0) - (b[at] ?? 0)) + Math.abs((a[at + 1] ?? 0) - (b[at + 1] ?? 0));
    if (distance > 60) changed += 1;
  }
  return changed / (a.length / 4);
}

function pixel(frame: Uint8ClampedArray | undefined, spot: { x: number; y: number }): [number, number, number] {
  const at = (spot.y * 320 + spot.x) * 4;
  return [frame?.[at] ?? 0, frame?.[at + 1] ?? 0, frame?.[at + 2] ?? 0];
}

function inkOf(character: string): Buffer {
  loadFonts();
  const canvas = createCanvas(48, 48);
  const context = canvas.getContext('2d');
  context.font = '40px "Reelgate Sans"';
  context.fillText(character, 4, 40);
  return Buffer.from(canvas.data());
}

/** Of the left channel between two seconds: the root mean square and how often the wave crosses zero. */
async function loudness(path: string, from = 0, to = 60): Promise<{ rms: number; crossings: number }> {
  using input = openMediaFile(path);
  const track = await input.getPrimaryAudioTrack();
  if (track === null) throw new Error('no sound');
  const samples: number[] = [];
  for await (const sample of new AudioSampleSink(track).samples()) {
    const plane = new Float32Array(sample.numberOfFrames);
    sample.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
    for (const [index, value] of plane.entries()) {
      const at = sample.timestamp + index / sample.sampleRate;
      if (at >= from && at < to) samples.push(value);
    }
    sample.close();
  }
  const energy = samples.reduce((sum, value) => sum + value * value, 0);
  const crossings = samples.filter((value, index) => index > 0 && value >= 0 !== (samples[index - 1] ?? 0) >= 0).length;
  return { rms: Math.sqrt(energy / Math.max(1, samples.length)), crossings };
}
