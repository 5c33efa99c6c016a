// Reads what a media file says about itself: duration, size, frame rate and codecs.
import type { InputVideoTrack } from 'mediabunny';
import { openMediaFile } from './media-file.ts';

export type VideoFacts = {
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  readonly videoCodec: string;
  readonly audioCodec: string | null;
};

export type AudioFacts = { readonly durationMs: number };

/** Enough packets to tell the frame rate; a whole film is never walked for it. */
const FRAME_RATE_PACKETS = 256;

/** The names people use; a codec not listed keeps the container's own word. */
const CODEC_NAMES: Readonly<Record<string, string>> = { avc: 'h264', hevc: 'h265' };

/** `null` when the file holds no readable video track. The duration is the video track's, first to last frame's end. */
export async function readVideoFacts(path: string): Promise<VideoFacts | null> {
  using input = openMediaFile(path);
  const video = await input.getPrimaryVideoTrack();
  if (video === null) return null;
  const audio = await input.getPrimaryAudioTrack();
  const [width, height] = [await video.getDisplayWidth(), await video.getDisplayHeight()];
  const durationMs = Math.round(((await video.computeDuration()) - (await video.getFirstTimestamp())) * 1000);
  if (!(width > 0 && height > 0 && durationMs > 0)) return null;
  return {
    durationMs,
    width,
    height,
    fps: await frameRate(video),
    videoCodec: await codecName(video),
    audioCodec: audio === null ? null : await codecName(audio),
  };
}

/** `null` when the file holds no readable audio track; a video with sound counts. */
export async function readAudioFacts(path: string): Promise<AudioFacts | null> {
  using input = openMediaFile(path);
  const audio = await input.getPrimaryAudioTrack();
  if (audio === null) return null;
  const durationMs = Math.round(
    ((await audio.computeDuration()) - Math.max(0, await audio.getFirstTimestamp())) * 1000,
  );
  return durationMs > 0 ? { durationMs } : null;
}

async function frameRate(video: InputVideoTrack): Promise<number | null> {
  const { bestGuessFrameRate } = await video.computeFrameRateMetrics({ targetPacketCount: FRAME_RATE_PACKETS });
  if (!Number.isFinite(bestGuessFrameRate) || bestGuessFrameRate <= 0) return null;
  return Math.round(bestGuessFrameRate * 1000) / 1000;
}

async function codecName(track: {
  getCodec(): Promise<string | null>;
  getInternalCodecId(): Promise<string | number | Uint8Array | null>;
}): Promise<string> {
  const codec = await track.getCodec();
  if (codec !== null) return CODEC_NAMES[codec] ?? codec;
  const internal = await track.getInternalCodecId();
  return typeof internal === 'string' ? internal : 'unknown';
}
