// Makes a picture smaller, or one of another type, so that a vendor takes it.
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Canvas } from '@napi-rs/canvas';

/** `types`: MIME types, null for any; `maxBytes` and `maxSide` (pixels) are null where there is no limit. */
export type PictureLimit = {
  readonly types: readonly string[] | null;
  readonly maxBytes: number | null;
  readonly maxSide: number | null;
};

export type FittedPicture = {
  readonly bytes: Uint8Array;
  readonly mime: string;
  readonly width: number;
  readonly height: number;
};

/** What can be written here, in the order of preference where a picture has to become another type. */
const ENCODERS: Readonly<Record<string, (canvas: Canvas) => Uint8Array>> = {
  'image/jpeg': (canvas) => canvas.encodeSync('jpeg', QUALITY),
  'image/png': (canvas) => canvas.encodeSync('png'),
  'image/webp': (canvas) => canvas.encodeSync('webp', QUALITY),
};
const QUALITY = 92;
/** Each try is smaller than the one before, by as much as it was too large and a little more. */
const MAX_TRIES = 6;
const SAFETY = 0.95;

/** `null` where the file cannot be drawn, or nothing that the vendor takes can be made of it. Of a moving picture the first frame. */
export async function fitPicture(path: string, mime: string, limit: PictureLimit): Promise<FittedPicture | null> {
  const image = await loadImage(path);
  const type = typeFor(mime, limit.types);
  if (type === null || !(image.width > 0 && image.height > 0)) return null;
  let scale = Math.min(1, (limit.maxSide ?? Infinity) / Math.max(image.width, image.height));
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const width = Math.max(1, Math.floor(image.width * scale));
    const height = Math.max(1, Math.floor(image.height * scale));
    const canvas = createCanvas(width, height);
    const context = canvas.getContext('2d');
    if (type === 'image/jpeg') {
      // It knows no transparency, which would turn black.
      context.fillStyle = 'white';
      context.fillRect(0, 0, width, height);
    }
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    const bytes = ENCODERS[type]?.(canvas);
    if (bytes === undefined) return null;
    if (bytes.length <= (limit.maxBytes ?? Infinity)) return { bytes, mime: type, width, height };
    scale *= Math.sqrt((limit.maxBytes ?? Infinity) / bytes.length) * SAFETY;
  }
  return null;
}

/** Its own type where the vendor takes that and it can be written here. */
function typeFor(mime: string, types: readonly string[] | null): string | null {
  const taken = Object.keys(ENCODERS).filter((type) => types?.includes(type) ?? true);
  return taken.includes(mime) ? mime : (taken[0] ?? null);
}
