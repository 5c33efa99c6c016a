/** What the studio's clips are made of, what they show of their inputs, and that they repeat. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import { AudioSampleSink } from 'mediabunny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readVideoFacts } from '../../src/media/inspect/facts.ts';
import { openMediaFile } from '../../src/media/inspect/media-file.ts';
import { loadFonts } from '../../src/media/studio/fonts.ts';
import { readMood } from '../../src/media/studio/mood.ts';
import { timeCode } from '../../src/media/studio/overlay.ts';
import type { RenderPlan } from '../../src/media/studio/plan.ts';
import { composeBed } from '../../src/media/studio/sound.ts';
import { coverFit } from '../../src/media/studio/stills.ts';
import { openStudio } from '../../src/media/studio/studio.ts';
import type { Studio } from '../../src/media/studio/studio.ts';
import { drawable, layText } from '../../src/media/studio/text.ts';
import { framesAt, meanDifference, SMALL_PLAN, writePicture, writeTone } from './fixtures/make-media.ts';
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

const clip = (changes: Partial<RenderPlan>, from = studio): Promise<string> => rendered(from, changes);

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
