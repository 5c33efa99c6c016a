// Makes the thumbnail and the spritesheet of a video from its own decoded frames.
import { createCanvas, ImageData } from '@napi-rs/canvas';
import type { Canvas } from '@napi-rs/canvas';
import { VideoSampleSink } from 'mediabunny';
import type { InputVideoTrack, VideoSample } from 'mediabunny';
import { framePixels } from './frame-pixels.ts';
import type { ColorHints, Pixels } from './frame-pixels.ts';
import { openMediaFile } from './media-file.ts';

export type StillsOptions = {
  /** Longest side of the thumbnail in pixels; a smaller video is not enlarged. */
  readonly thumbnailSide: number;
  /** Width in pixels of one frame of the spritesheet. */
  readonly cellWidth: number;
  /** Frames per row; the sheet has at most as many rows. */
  readonly columns: number;
};

export type StillsBytes = { readonly thumbnail: Uint8Array; readonly spritesheet: Uint8Array };

/** Where in the clip, in seconds, a thumbnail is looked for: films often open on black. */
const THUMBNAIL_SECONDS = [0, 0.1, 0.25, 0.5, 0.75, 1, 1.5];

/** Luma spread (0 to 255, standard deviation) under which a frame shows nothing, and mean under which it is black. */
const PLAIN_DEVIATION = 6;
const BLACK_MEAN = 12;

/** A portrait ribbon must not make a sheet thousands of pixels high. */
const MAX_CELL_ASPECT = 2.5;

const THUMBNAIL_QUALITY = 82;
const SPRITESHEET_QUALITY = 78;

/** `null` when the file has no video that can be decoded here. */
export async function makeStills(path: string, options: StillsOptions): Promise<StillsBytes | null> {
  using input = openMediaFile(path);
  const track = await input.getPrimaryVideoTrack();
  if (track === null || !(await track.canDecode())) return null;
  const thumbnail = await makeThumbnail(track, options);
  const spritesheet = thumbnail === null ? null : await makeSpritesheet(track, options);
  return thumbnail === null || spritesheet === null ? null : { thumbnail, spritesheet };
}

async function makeThumbnail(track: InputVideoTrack, options: StillsOptions): Promise<Uint8Array | null> {
  const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
  const scale = Math.min(1, options.thumbnailSide / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const [first, end] = await clipSpan(track);
  const seconds = THUMBNAIL_SECONDS.map((offset) => first + offset).filter((at, index) => index === 0 || at < end);
  let best: { readonly canvas: Canvas; readonly deviation: number } | null = null;
  for await (const frame of upright(track, seconds, size)) {
    const { mean, deviation } = lumaSpread(frame.pixels);
    if (best === null || deviation > best.deviation) best = { canvas: frame.canvas, deviation };
    if (mean > BLACK_MEAN && deviation > PLAIN_DEVIATION) break;
  }
  return best === null ? null : best.canvas.encodeSync('webp', THUMBNAIL_QUALITY);
}

async function makeSpritesheet(track: InputVideoTrack, options: StillsOptions): Promise<Uint8Array | null> {
  const aspect = Math.min(MAX_CELL_ASPECT, (await track.getDisplayHeight()) / (await track.getDisplayWidth()));
  const cell = { width: options.cellWidth, height: Math.max(1, Math.round(options.cellWidth * aspect)) };
  const most = options.columns * options.columns;
  const { packetCount } = await track.computePacketStats(most);
  const count = Math.max(1, Math.min(most, packetCount));
  const [first, end] = await clipSpan(track);
  const seconds = Array.from({ length: count }, (_, index) => first + ((index + 0.5) / count) * (end - first));
  const sheet = createCanvas(cell.width * options.columns, cell.height * Math.ceil(count / options.columns));
  const context = sheet.getContext('2d', { alpha: false });
  let drawn = 0;
  for await (const frame of upright(track, seconds, cell)) {
    context.drawImage(
      frame.canvas,
      (drawn % options.columns) * cell.width,
      Math.floor(drawn / options.columns) * cell.height,
    );
    drawn += 1;
  }
  return drawn === 0 ? null : sheet.encodeSync('jpeg', SPRITESHEET_QUALITY);
}

async function clipSpan(track: InputVideoTrack): Promise<readonly [number, number]> {
  return [await track.getFirstTimestamp(), await track.computeDuration()];
}

export type UprightFrame = { readonly canvas: Canvas; readonly pixels: Pixels };

/** Decodes the frames at the given ascending seconds, scaled to `size` and turned the way a player would show them. */
export async function* upright(
  track: InputVideoTrack,
  seconds: Iterable<number>,
  size: { readonly width: number; readonly height: number },
): AsyncGenerator<UprightFrame> {
  const space = await track.getColorSpace();
  const hints: ColorHints = { matrix: space.matrix ?? null, fullRange: space.fullRange ?? null };
  for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(seconds)) {
    if (sample === null) continue;
    try {
      yield await uprightFrame(sample, size, hints);
    } finally {
      sample.close();
    }
  }
}

async function uprightFrame(
  sample: VideoSample,
  size: { readonly width: number; readonly height: number },
  hints: ColorHints,
): Promise<UprightFrame> {
  const sideways = sample.rotation === 90 || sample.rotation === 270;
  const pixels = await framePixels(
    sample,
    sideways ? size.height : size.width,
    sideways ? size.width : size.height,
    hints,
  );
  const raw = createCanvas(pixels.width, pixels.height);
  raw.getContext('2d').putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
  if (sample.rotation === 0 && !sample.flip) return { canvas: raw, pixels };
  const canvas = createCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  context.translate(size.width / 2, size.height / 2);
  if (sample.flip) context.scale(-1, 1);
  context.rotate((sample.rotation * Math.PI) / 180);
  context.drawImage(raw, -pixels.width / 2, -pixels.height / 2);
  return { canvas, pixels };
}

function lumaSpread(pixels: Pixels): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < pixels.data.length; at += 4) {
    const luma =
      0.2126 * (pixels.data[at] ?? 0) + 0.7152 * (pixels.data[at + 1] ?? 0) + 0.0722 * (pixels.data[at + 2] ?? 0);
    sum += luma;
    squares += luma * luma;
  }
  const count = Math.max(1, pixels.width * pixels.height);
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}
