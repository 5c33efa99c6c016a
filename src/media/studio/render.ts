// Renders one plan into one MP4 file: paints, encodes and muxes frame by frame.
import { setImmediate } from 'node:timers/promises';
import { createCanvas } from '@napi-rs/canvas';
import {
  EncodedAudioPacketSource,
  EncodedVideoPacketSource,
  FilePathTarget,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import '../inspect/codecs.ts';
import { openPictureEncoder, openSoundEncoder } from './encode.ts';
import type { SoundEncoder } from './encode.ts';
import { interleave } from './interleave.ts';
import { clearTimes } from './mp4-times.ts';
import { openPainter } from './painter.ts';
import { frameCount } from './plan.ts';
import type { RenderPlan } from './plan.ts';
import { composeBed, SAMPLE_RATE } from './sound.ts';
import type { SoundBlock } from './sound.ts';
import { readSoundtrack } from './soundtrack.ts';

const AAC_FRAME = 1024;

/** Frames between two reports of progress, and between two collections of used-up frame buffers. */
const PROGRESS_EVERY_FRAMES = 6;
const COLLECT_EVERY_FRAMES = 3;

/** Writes the clip to `path`. Rejects with words for the client when an input cannot be used. */
export async function renderClip(plan: RenderPlan, path: string, onProgress: (share: number) => void): Promise<void> {
  const frames = frameCount(plan);
  const seconds = frames / plan.fps;
  const painter = await openPainter(plan);
  const pictures = openPictureEncoder(plan.width, plan.height, plan.fps);
  const sound = plan.audio ? openSoundEncoder(seconds) : null;
  const blocks = soundBlocks(plan, seconds);
  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: 'reserve' }),
    target: new FilePathTarget(path),
  });
  try {
    const video = new EncodedVideoPacketSource('avc');
    output.addVideoTrack(video, { frameRate: plan.fps, maximumPacketCount: frames });
    const audio = sound === null ? null : new EncodedAudioPacketSource('aac');
    if (audio !== null)
      output.addAudioTrack(audio, { maximumPacketCount: Math.ceil((seconds * SAMPLE_RATE) / AAC_FRAME) + 4 });
    await output.start();
    const canvas = createCanvas(plan.width, plan.height);
    const context = canvas.getContext('2d', { alpha: false });
    const file = interleave(video, audio);
    let heard = 0;
    for (let frame = 0; frame < frames; frame += 1) {
      await painter.paint(context, frame);
      await pictures.encode(canvas.data(), frame);
      if (sound !== null) heard = await encodeSoundUntil(sound, blocks, heard, (frame + 1) / plan.fps);
      await file.add(pictures.take(), sound?.take() ?? []);
      if (frame % COLLECT_EVERY_FRAMES === 0) collectUsedFrames();
      if (frame % PROGRESS_EVERY_FRAMES !== 0) continue;
      onProgress(frame / frames);
      // Everything above may finish without a turn of the event loop, which alone hears that nobody waits any more.
      await setImmediate();
    }
    await pictures.finish();
    await sound?.finish();
    await file.add(pictures.take(), sound?.take() ?? []);
    await file.finish();
    await output.finalize();
  } catch (error) {
    if (output.state !== 'finalized') await output.cancel();
    throw error;
  } finally {
    pictures.close();
    sound?.close();
    await painter.close();
    await blocks.return(undefined);
  }
  await clearTimes(path);
}

async function* soundBlocks(plan: RenderPlan, seconds: number): AsyncGenerator<SoundBlock> {
  if (!plan.audio) return;
  if (plan.soundtrack === null) yield* composeBed(plan.prompt, plan.seed, seconds);
  else yield* readSoundtrack(plan.soundtrack.path, seconds);
}

/** Keeps the sound level with the picture, so that neither track piles up in memory. Returns the samples encoded so far. */
async function encodeSoundUntil(
  sound: SoundEncoder,
  blocks: AsyncGenerator<SoundBlock>,
  heard: number,
  seconds: number,
): Promise<number> {
  let samples = heard;
  while (samples < seconds * SAMPLE_RATE) {
    const next = await blocks.next();
    if (next.done === true) return Number.POSITIVE_INFINITY;
    await sound.encode(next.value);
    samples += next.value.left.length;
  }
  return samples;
}

/**
 * Each frame's pixels come in a buffer of their own, megabytes large, that the engine sees only as a small object. Freed
 * promptly, its memory is used again; left alone, every frame pays for fresh pages, which can cost more than painting it.
 */
function collectUsedFrames(): void {
  void globalThis.gc?.({ type: 'minor' });
}
