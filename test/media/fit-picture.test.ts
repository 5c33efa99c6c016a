// Pictures made to fit a vendor's limits: as a viewer would show them, and nothing where that cannot be.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { FittedPicture, PictureLimit } from '../../src/media/inspect/fit-picture.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { noisePicture, picture } from '../support/pictures.ts';

const ANY: PictureLimit = { types: null, maxBytes: null, maxSide: null };
/** Exif with one entry: the picture lies on its side. */
const SIDEWAYS = Buffer.from(
  '4578696600004949 2a00080000000100 1201030001000000 0600000000000000'.replaceAll(' ', ''),
  'hex',
);

let folder: string;
let inspector: Inspector;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fit-test-'));
  inspector = openInspector();
});
afterAll(async () => {
  await inspector.close();
  await rm(folder, { recursive: true });
});

async function fitted(bytes: Uint8Array, mime: string, limit: Partial<PictureLimit>): Promise<FittedPicture | null> {
  const path = join(folder, 'picture');
  await writeFile(path, bytes);
  return inspector.fit(path, mime, { ...ANY, ...limit });
}

/** Red, green and blue of a pixel. */
async function pixelOf(made: FittedPicture | null, x: number, y: number): Promise<readonly number[]> {
  const image = await loadImage(Buffer.from(made?.bytes ?? []));
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
}

it('is scaled to the longest side, and keeps its type and shape', async () => {
  expect(await fitted(picture(800, 400), 'image/png', { maxSide: 200 })).toMatchObject({
    mime: 'image/png',
    width: 200,
    height: 100,
  });
});

it('becomes a type that the vendor takes, white where nothing was', async () => {
  const empty = createCanvas(40, 20).encodeSync('png');
  const made = await fitted(empty, 'image/png', { types: ['image/gif', 'image/jpeg'] });
  expect(made).toMatchObject({ mime: 'image/jpeg', width: 40, height: 20 });
  expect(await pixelOf(made, 20, 10)).toEqual([255, 255, 255]);
});

it('is made smaller until it is small enough', async () => {
  const made = await fitted(noisePicture(300, 300), 'image/png', { maxBytes: 50_000 });
  expect(made?.bytes.length).toBeLessThanOrEqual(50_000);
  expect(made?.width).toBeGreaterThan(80);
});

it('stands upright though its file lies on its side', async () => {
  const canvas = createCanvas(40, 20);
  const context = canvas.getContext('2d');
  context.fillStyle = 'red';
  context.fillRect(0, 0, 20, 20);
  const jpeg = canvas.encodeSync('jpeg', 95);
  const length = Buffer.from([0xff, 0xe1, 0, SIDEWAYS.length + 2]);
  const turned = Buffer.concat([jpeg.subarray(0, 2), length, SIDEWAYS, jpeg.subarray(2)]);
  const made = await fitted(turned, 'image/jpeg', { types: ['image/png'] });
  expect(made).toMatchObject({ mime: 'image/png', width: 20, height: 40 });
  const [red = 0] = await pixelOf(made, 10, 5);
  expect(red).toBeGreaterThan(240);
});

it.each([
  ['what is no picture', Buffer.from('hello'), {}],
  ['a vendor whose types cannot be written', picture(40, 20), { types: ['image/tiff'] }],
] as const)('is given up for %s', async (_, bytes, limit) => {
  expect(await fitted(bytes, 'image/png', limit)).toBeNull();
});
