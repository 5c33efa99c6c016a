// Encoders that take drawn frames and sound, and give packets a muxer can write.
import { AudioData, AudioEncoder, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import type { EncodedAudioChunk, EncodedVideoChunk } from '@napi-rs/webcodecs';
import { EncodedPacket } from 'mediabunny';
import { SAMPLE_RATE } from './sound.ts';
import type { SoundBlock } from './sound.ts';
import { rgbaToI420 } from './yuv.ts';

export type Encoded = { readonly packet: EncodedPacket; readonly decoderConfig: object | null };

export type PictureEncoder = {
  /** `pixels` are RGBA; they are read before the promise resolves. */
  encode(pixels: Buffer, frame: number): Promise<void>;
  /** The packets made since the last call, in decoding order. */
  take(): readonly Encoded[];
  finish(): Promise<void>;
  close(): void;
};

/** What our own colour conversion writes; the encoder's words about its input would mislead players. */
const COLOR_SPACE = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

const KEY_FRAME_SECONDS = 2;

/** Frames the encoder may hold before the painter waits for it. */
const MAX_IN_FLIGHT = 6;

/** H.264 levels: highest frame size and rate in macroblocks, and the level's byte in the codec string. */
const LEVELS = [
  [1620, 40_500, '1e'],
  [3600, 108_000, '1f'],
  [5120, 216_000, '20'],
  [8192, 245_760, '28'],
  [8704, 522_240, '2a'],
  [22_080, 589_824, '32'],
  [36_864, 983_040, '33'],
  [36_864, 2_073_600, '34'],
  [139_264, 4_177_920, '3c'],
] as const;

export function openPictureEncoder(width: number, height: number, fps: number): PictureEncoder {
  const made: Encoded[] = [];
  const planes = Buffer.alloc((width * height * 3) / 2);
  const keyEvery = Math.max(1, Math.round(KEY_FRAME_SECONDS * fps));
  let failure: Error | null = null;
  const encoder = new VideoEncoder({
    output: (chunk, metadata) => {
      const config = metadata?.decoderConfig;
      const decoderConfig = config === undefined ? null : { ...config, colorSpace: COLOR_SPACE };
      made.push({ packet: picturePacket(chunk, fps), decoderConfig });
    },
    error: (error) => {
      failure = error;
    },
  });
  encoder.configure({
    codec: codecString(width, height, fps),
    width,
    height,
    framerate: fps,
    bitrate: bitsPerSecond(width, height, fps),
    bitrateMode: 'variable',
    latencyMode: 'realtime',
    hardwareAcceleration: 'prefer-software',
    avc: { format: 'avc' },
  });
  const check = (): void => {
    if (failure !== null) throw failure;
  };
  return {
    async encode(pixels, frame) {
      rgbaToI420(pixels, planes, width, height);
      const timestamp = Math.round((frame * 1e6) / fps);
      const picture = new VideoFrame(planes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp });
      encoder.encode(picture, { keyFrame: frame % keyEvery === 0 });
      picture.close();
      while (encoder.encodeQueueSize > MAX_IN_FLIGHT) await dequeued(encoder);
      check();
    },
    take: () => made.splice(0),
    async finish() {
      await encoder.flush();
      check();
    },
    close: () => encoder.close(),
  };
}

/** Resolves when the encoder has taken a frame off its queue. */
function dequeued(encoder: VideoEncoder): Promise<void> {
  return new Promise((resolve) => {
    encoder.addEventListener('dequeue', () => resolve(undefined), { once: true });
  });
}

function picturePacket(chunk: EncodedVideoChunk, fps: number): EncodedPacket {
  const frame = Math.round((chunk.timestamp * fps) / 1e6);
  return new EncodedPacket(bytesOf(chunk), chunk.type, frame / fps, 1 / fps);
}

function bytesOf(chunk: EncodedVideoChunk | EncodedAudioChunk): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return bytes;
}

/** High profile at the lowest level that holds the video. */
export function codecString(width: number, height: number, fps: number): string {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const level = LEVELS.find(([size, rate]) => blocks <= size && blocks * fps <= rate) ?? LEVELS[LEVELS.length - 1];
  return `avc1.6400${level?.[2] ?? '3c'}`;
}

/** About 3.4 Mbit/s for 720p at 24 frames; larger pictures need fewer bits per pixel. */
function bitsPerSecond(width: number, height: number, fps: number): number {
  return Math.round(Math.max(300_000, 3_400_000 * ((width * height * fps) / (1280 * 720 * 24)) ** 0.75));
}

export type SoundEncoder = {
  encode(block: SoundBlock): Promise<void>;
  take(): readonly Encoded[];
  finish(): Promise<void>;
  close(): void;
};

const SOUND_BITS_PER_SECOND = 128_000;

/** AAC, stereo. Packets never reach past `seconds`, so that the sound does not outlast the picture. */
export function openSoundEncoder(seconds: number): SoundEncoder {
  const made: Encoded[] = [];
  let failure: Error | null = null;
  let given = 0;
  const encoder = new AudioEncoder({
    output: (chunk, metadata) => {
      const timestamp = chunk.timestamp / 1e6;
      const duration = Math.min((chunk.duration ?? 0) / 1e6, seconds - timestamp);
      if (duration <= 0.5 / SAMPLE_RATE) return;
      made.push({
        packet: new EncodedPacket(bytesOf(chunk), 'key', timestamp, duration),
        decoderConfig: metadata?.decoderConfig ?? null,
      });
    },
    error: (error) => {
      failure = error;
    },
  });
  encoder.configure({
    codec: 'mp4a.40.2',
    sampleRate: SAMPLE_RATE,
    numberOfChannels: 2,
    bitrate: SOUND_BITS_PER_SECOND,
  });
  const check = (): void => {
    if (failure !== null) throw failure;
  };
  return {
    async encode(block) {
      const length = block.left.length;
      if (length === 0) return;
      const data = new Float32Array(length * 2);
      data.set(block.left);
      data.set(block.right, length);
      const timestamp = Math.round((given * 1e6) / SAMPLE_RATE);
      const sound = new AudioData({
        format: 'f32-planar',
        sampleRate: SAMPLE_RATE,
        numberOfFrames: length,
        numberOfChannels: 2,
        timestamp,
        data,
      });
      given += length;
      encoder.encode(sound);
      sound.close();
      check();
    },
    take: () => made.splice(0),
    async finish() {
      await encoder.flush();
      check();
    },
    close: () => encoder.close(),
  };
}
