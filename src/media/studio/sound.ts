// The sound of a clip without a given track: a quiet bed of chords composed from the prompt and the seed.
import { seededRandom } from './random.ts';

export const SAMPLE_RATE = 48_000;

/** Stereo samples, both sides equally long, from -1 to 1. */
export type SoundBlock = { readonly left: Float32Array<ArrayBuffer>; readonly right: Float32Array<ArrayBuffer> };

/** Semitones above the key for each chord of a progression, and how open the scale sounds. */
const PROGRESSIONS: readonly (readonly (readonly [number, number, number, number])[])[] = [
  [
    [0, 7, 12, 16],
    [-3, 4, 12, 16],
    [-7, 5, 9, 16],
    [-5, 2, 11, 14],
  ],
  [
    [0, 7, 12, 15],
    [-4, 3, 8, 15],
    [3, 7, 10, 14],
    [-2, 5, 10, 14],
  ],
  [
    [0, 7, 14, 16],
    [-7, 5, 12, 16],
    [-3, 4, 9, 14],
    [-7, 2, 9, 12],
  ],
  [
    [0, 7, 10, 15],
    [-4, 8, 12, 15],
    [-7, 5, 8, 12],
    [-2, 5, 10, 17],
  ],
];

const CHORD_SECONDS = 2.5;
const CROSSFADE_SECONDS = 0.7;
const FADE_IN_SECONDS = 0.5;
const FADE_OUT_SECONDS = 0.9;

/** The sum of all voices stays under this, so that the encoder never clips. */
const PEAK = 0.5;

type Voice = { readonly pitch: number; readonly gain: number; readonly pan: number; readonly tremble: number };

/** Yields the whole bed in blocks of about a second. The same arguments give the same samples. */
export function* composeBed(prompt: string, seed: number, seconds: number): Generator<SoundBlock> {
  const random = seededRandom(seed, `sound ${prompt}`);
  const key = 110 * 2 ** (Math.floor(random.between(-5, 5)) / 12);
  const chords = random.pick(PROGRESSIONS).map((chord) => voicesOf(chord, key));
  const plucks = Array.from({ length: 16 }, () => (random.chance(0.62) ? Math.floor(random.next() * 4) : null));
  const total = Math.round(seconds * SAMPLE_RATE);
  for (let start = 0; start < total; start += SAMPLE_RATE) {
    const length = Math.min(SAMPLE_RATE, total - start);
    const block = { left: new Float32Array(length), right: new Float32Array(length) };
    addPads(block, start, chords);
    addPlucks(block, start, chords, plucks);
    shapeEnds(block, start, total);
    yield block;
  }
}

function voicesOf(chord: readonly number[], key: number): readonly Voice[] {
  const bass = { pitch: (key / 2) * 2 ** ((chord[0] ?? 0) / 12), gain: 0.3, pan: 0, tremble: 0.11 };
  const pads = chord.flatMap((semitones, index) => {
    const pitch = key * 2 ** (semitones / 12);
    const gain = 0.11 / (1 + index * 0.25);
    return [
      { pitch: pitch * 0.9985, gain, pan: -0.6, tremble: 0.17 + index * 0.05 },
      { pitch: pitch * 1.0015, gain, pan: 0.6, tremble: 0.21 + index * 0.04 },
    ];
  });
  return [bass, ...pads];
}

function addPads(block: SoundBlock, start: number, chords: readonly (readonly Voice[])[]): void {
  const end = start + block.left.length;
  const span = CHORD_SECONDS * SAMPLE_RATE;
  const fade = CROSSFADE_SECONDS * SAMPLE_RATE;
  for (let chord = Math.max(0, Math.floor((start - fade) / span)); chord * span < end + fade; chord += 1) {
    const opens = chord * span;
    for (const voice of chords[chord % chords.length] ?? []) {
      const turn = (2 * Math.PI * voice.pitch) / SAMPLE_RATE;
      const sway = (2 * Math.PI * voice.tremble) / SAMPLE_RATE;
      for (let at = Math.max(start, Math.floor(opens - fade)); at < Math.min(end, opens + span + fade); at += 1) {
        const envelope = Math.min(1, (at - opens + fade) / (2 * fade), (opens + span + fade - at) / (2 * fade));
        if (envelope <= 0) continue;
        const angle = (turn * at) % (2 * Math.PI);
        const tone = Math.sin(angle) + 0.22 * Math.sin(2 * angle) + 0.07 * Math.sin(3 * angle);
        const sample = tone * voice.gain * envelope * (0.82 + 0.18 * Math.sin(sway * at));
        const index = at - start;
        block.left[index] = (block.left[index] ?? 0) + sample * (1 - Math.max(0, voice.pan));
        block.right[index] = (block.right[index] ?? 0) + sample * (1 + Math.min(0, voice.pan));
      }
    }
  }
}

const PLUCK_SECONDS = CHORD_SECONDS / 8;
const PLUCK_DECAY_SECONDS = 1.2;

/** Sparse soft notes of the chord, an octave or two up, each ringing out. */
function addPlucks(
  block: SoundBlock,
  start: number,
  chords: readonly (readonly Voice[])[],
  pattern: readonly (number | null)[],
): void {
  const end = start + block.left.length;
  const beat = PLUCK_SECONDS * SAMPLE_RATE;
  const ring = PLUCK_DECAY_SECONDS * SAMPLE_RATE;
  for (let step = Math.max(0, Math.floor((start - ring) / beat)); step * beat < end; step += 1) {
    const note = pattern[step % pattern.length] ?? null;
    if (note === null) continue;
    const chord = chords[Math.floor((step * beat) / (CHORD_SECONDS * SAMPLE_RATE)) % chords.length];
    const pitch = (chord?.[1 + note * 2]?.pitch ?? 220) * (step % 3 === 0 ? 4 : 2);
    const turn = (2 * Math.PI * pitch) / SAMPLE_RATE;
    const struck = Math.floor(step * beat);
    const pan = step % 2 === 0 ? 0.35 : 0.65;
    for (let at = Math.max(start, struck); at < Math.min(end, struck + ring); at += 1) {
      const age = (at - struck) / SAMPLE_RATE;
      const envelope = Math.min(1, age / 0.012) * Math.exp(-age * 4.2);
      const sample = Math.sin((turn * (at - struck)) % (2 * Math.PI)) * envelope * 0.11;
      const index = at - start;
      block.left[index] = (block.left[index] ?? 0) + sample * (1 - pan);
      block.right[index] = (block.right[index] ?? 0) + sample * pan;
    }
  }
}

function shapeEnds(block: SoundBlock, start: number, total: number): void {
  const fadeIn = Math.min(FADE_IN_SECONDS * SAMPLE_RATE, total / 3);
  const fadeOut = Math.min(FADE_OUT_SECONDS * SAMPLE_RATE, total / 3);
  for (let index = 0; index < block.left.length; index += 1) {
    const at = start + index;
    const gain = Math.min(1, at / fadeIn, (total - 1 - at) / fadeOut);
    block.left[index] = soften((block.left[index] ?? 0) * gain);
    block.right[index] = soften((block.right[index] ?? 0) * gain);
  }
}

/** Bends loud moments over instead of cutting them off. */
function soften(sample: number): number {
  return PEAK * Math.tanh(sample / PEAK);
}
