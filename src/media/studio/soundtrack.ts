// A given audio track as the sound of a clip: decoded, mixed to stereo, brought to our sample rate.
import { AudioSampleSink } from 'mediabunny';
import type { AudioSample } from 'mediabunny';
import { openMediaFile } from '../inspect/media-file.ts';
import { SAMPLE_RATE } from './sound.ts';
import type { SoundBlock } from './sound.ts';

const UNREADABLE = 'The input audio could not be decoded.';

/** A cut in the middle of a sound clicks; this short fade does not. */
const CUT_FADE_SECONDS = 0.06;

/** Yields exactly `seconds` of sound: a longer track is cut, a shorter one is followed by silence. Throws when it cannot be decoded. */
export async function* readSoundtrack(path: string, seconds: number): AsyncGenerator<SoundBlock> {
  const total = Math.round(seconds * SAMPLE_RATE);
  let made = 0;
  for await (const block of decoded(path, seconds)) {
    const length = Math.min(block.left.length, total - made);
    if (length <= 0) break;
    const cut = { left: block.left.slice(0, length), right: block.right.slice(0, length) };
    fadeCut(cut, made, total);
    made += length;
    yield cut;
  }
  for (; made < total; made += SAMPLE_RATE) {
    const length = Math.min(SAMPLE_RATE, total - made);
    yield { left: new Float32Array(length), right: new Float32Array(length) };
  }
}

async function* decoded(path: string, seconds: number): AsyncGenerator<SoundBlock> {
  using input = openMediaFile(path);
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track === null || !(await track.canDecode())) throw new Error(UNREADABLE);
    const start = Math.max(0, await track.getFirstTimestamp());
    let resampler: Resampler | null = null;
    for await (const sample of new AudioSampleSink(track).samples(start, start + seconds)) {
      resampler ??= makeResampler(sample.sampleRate);
      const stereo = toStereo(sample);
      sample.close();
      yield resampler.push(stereo);
    }
    if (resampler === null) throw new Error(UNREADABLE);
    yield resampler.flush();
  } catch (error) {
    throw new Error(UNREADABLE, { cause: error });
  }
}

function fadeCut(block: SoundBlock, start: number, total: number): void {
  const fade = CUT_FADE_SECONDS * SAMPLE_RATE;
  for (let index = Math.max(0, Math.floor(total - fade - start)); index < block.left.length; index += 1) {
    const gain = Math.min(1, (total - 1 - start - index) / fade);
    block.left[index] = (block.left[index] ?? 0) * gain;
    block.right[index] = (block.right[index] ?? 0) * gain;
  }
}

/** Mono sounds on both sides; of surround, the first two channels carry the front. */
function toStereo(sample: AudioSample): SoundBlock {
  const channel = (planeIndex: number): Float32Array<ArrayBuffer> => {
    const samples = new Float32Array(sample.numberOfFrames);
    sample.copyTo(samples, { planeIndex, format: 'f32-planar' });
    return samples;
  };
  const left = channel(0);
  return { left, right: sample.numberOfChannels > 1 ? channel(1) : left };
}

type Resampler = { push(block: SoundBlock): SoundBlock; flush(): SoundBlock };

/** Input samples looked at on each side of an output sample. */
const TAPS = 12;

/** A windowed sinc; for a higher source rate it also takes away what the lower rate cannot hold. */
export function makeResampler(sourceRate: number): Resampler {
  if (sourceRate === SAMPLE_RATE) {
    return { push: (block) => block, flush: () => ({ left: new Float32Array(0), right: new Float32Array(0) }) };
  }
  const step = sourceRate / SAMPLE_RATE;
  const cutoff = Math.min(1, 1 / step) * 0.96;
  let history: SoundBlock = { left: new Float32Array(TAPS), right: new Float32Array(TAPS) };
  /** Position of the next output sample in `history`. */
  let position = TAPS;

  function push(block: SoundBlock): SoundBlock {
    const left = joined(history.left, block.left);
    const right = joined(history.right, block.right);
    const count = Math.max(0, Math.ceil((left.length - TAPS - position) / step));
    const out = { left: new Float32Array(count), right: new Float32Array(count) };
    for (let index = 0; index < count; index += 1) {
      const middle = Math.floor(position);
      let sumLeft = 0;
      let sumRight = 0;
      for (let tap = middle - TAPS + 1; tap <= middle + TAPS; tap += 1) {
        const weight = sincWeight(position - tap, cutoff);
        sumLeft += weight * (left[tap] ?? 0);
        sumRight += weight * (right[tap] ?? 0);
      }
      out.left[index] = sumLeft;
      out.right[index] = sumRight;
      position += step;
    }
    const keep = Math.max(0, Math.min(left.length, Math.floor(position) - TAPS));
    history = { left: left.slice(keep), right: right.slice(keep) };
    position -= keep;
    return out;
  }

  return { push, flush: () => push({ left: new Float32Array(TAPS), right: new Float32Array(TAPS) }) };
}

function sincWeight(distance: number, cutoff: number): number {
  const x = Math.PI * distance * cutoff;
  const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / (TAPS + 1));
  return cutoff * window * (Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x);
}

function joined(a: Float32Array<ArrayBuffer>, b: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
