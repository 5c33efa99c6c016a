// Turns a decoded video frame into small RGBA pixels: scaling, colour conversion and bit depth in one pass.
import type { VideoSample } from 'mediabunny';

export type Pixels = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

export type ColorHints = { readonly matrix: string | null; readonly fullRange: boolean | null };

type Plane = { readonly offset: number; readonly stride: number };

/** How the samples of a planar YUV format lie in memory. `shift` brings a sample to 8 bits. */
type Yuv = {
  readonly chromaX: 0 | 1;
  readonly chromaY: 0 | 1;
  readonly bytesPerSample: 1 | 2;
  readonly shift: number;
  readonly interleaved: boolean;
};

/** Luma samples averaged per output pixel and axis: enough against shimmer, bounded for huge sources. */
const MAX_TAPS = 4;

/** No real video is larger; a hostile header claiming more must not make us allocate it. */
const MAX_SOURCE_PIXELS = 8192 * 8192;

/** The frame scaled to exactly width x height. Throws when the frame's pixels cannot be read. */
export async function framePixels(
  sample: VideoSample,
  width: number,
  height: number,
  hints: ColorHints,
): Promise<Pixels> {
  if (sample.codedWidth * sample.codedHeight > MAX_SOURCE_PIXELS) throw new RangeError('The video frame is too large.');
  const format = sample.format ?? 'unknown';
  const yuv = yuvOf(format);
  if (yuv === null && !/^(RGB|BGR)[AX]$/.test(format))
    throw new Error(`The video frame has the unknown format ${format}.`);
  const raw = new Uint8Array(sample.allocationSize());
  const planes = await sample.copyTo(raw);
  if (yuv === null) return scaleRgb(raw, planes, format.startsWith('B'), sample, { width, height });
  return scaleYuv(raw, planes, yuv, sample, { width, height }, coefficients(hints, sample.codedHeight));
}

function yuvOf(format: string): Yuv | null {
  const planar = /^I(420|422|444)A?(?:P(10|12))?$/.exec(format);
  if (planar !== null) {
    const bits = planar[2] === undefined ? 8 : Number(planar[2]);
    return {
      chromaX: planar[1] === '444' ? 0 : 1,
      chromaY: planar[1] === '420' ? 1 : 0,
      bytesPerSample: bits === 8 ? 1 : 2,
      shift: bits - 8,
      interleaved: false,
    };
  }
  if (format === 'NV12') return { chromaX: 1, chromaY: 1, bytesPerSample: 1, shift: 0, interleaved: true };
  return null;
}

type Coefficients = {
  readonly y: number;
  readonly black: number;
  readonly rv: number;
  readonly gu: number;
  readonly gv: number;
  readonly bu: number;
};

/** Untagged video is BT.709 from 720 lines up and BT.601 below, as players assume. */
function coefficients(hints: ColorHints, height: number): Coefficients {
  const matrix = hints.matrix ?? (height >= 720 ? 'bt709' : 'smpte170m');
  const [kr, kb] =
    matrix === 'bt709' ? [0.2126, 0.0722] : matrix.startsWith('bt2020') ? [0.2627, 0.0593] : [0.299, 0.114];
  const full = hints.fullRange === true;
  const chroma = full ? 1 : 255 / 224;
  const kg = 1 - kr - kb;
  return {
    y: full ? 1 : 255 / 219,
    black: full ? 0 : 16,
    rv: 2 * (1 - kr) * chroma,
    gu: (-2 * (1 - kb) * kb * chroma) / kg,
    gv: (-2 * (1 - kr) * kr * chroma) / kg,
    bu: 2 * (1 - kb) * chroma,
  };
}

function scaleYuv(
  raw: Uint8Array,
  planes: readonly Plane[],
  yuv: Yuv,
  source: { readonly codedWidth: number; readonly codedHeight: number },
  target: { readonly width: number; readonly height: number },
  k: Coefficients,
): Pixels {
  const data = new Uint8ClampedArray(target.width * target.height * 4);
  const samples = yuv.bytesPerSample === 1 ? raw : new Uint16Array(raw.buffer, 0, raw.byteLength >> 1);
  const [luma, chromaU, chromaV] = planes.map((plane) => ({
    offset: plane.offset / yuv.bytesPerSample,
    stride: plane.stride / yuv.bytesPerSample,
  }));
  if (luma === undefined || chromaU === undefined) throw new Error('The video frame has no planes.');
  const step = yuv.interleaved ? 2 : 1;
  const vPlane = chromaV ?? { offset: chromaU.offset + 1, stride: chromaU.stride };
  const columns = taps(source.codedWidth, target.width);
  const rows = taps(source.codedHeight, target.height);
  let out = 0;
  for (const row of rows) {
    const chromaRow = (row[row.length >> 1] ?? 0) >> yuv.chromaY;
    for (const column of columns) {
      let sum = 0;
      for (const y of row) {
        const line = luma.offset + y * luma.stride;
        for (const x of column) sum += samples[line + x] ?? 0;
      }
      const chromaColumn = ((column[column.length >> 1] ?? 0) >> yuv.chromaX) * step;
      const y = (sum / (row.length * column.length) / (1 << yuv.shift) - k.black) * k.y;
      const u = (samples[chromaU.offset + chromaRow * chromaU.stride + chromaColumn] ?? 0) / (1 << yuv.shift) - 128;
      const v = (samples[vPlane.offset + chromaRow * vPlane.stride + chromaColumn] ?? 0) / (1 << yuv.shift) - 128;
      data[out] = y + k.rv * v;
      data[out + 1] = y + k.gu * u + k.gv * v;
      data[out + 2] = y + k.bu * u;
      data[out + 3] = 255;
      out += 4;
    }
  }
  return { ...target, data };
}

function scaleRgb(
  raw: Uint8Array,
  planes: readonly Plane[],
  blueFirst: boolean,
  source: { readonly codedWidth: number; readonly codedHeight: number },
  target: { readonly width: number; readonly height: number },
): Pixels {
  const data = new Uint8ClampedArray(target.width * target.height * 4);
  const plane = planes[0] ?? { offset: 0, stride: source.codedWidth * 4 };
  const columns = taps(source.codedWidth, target.width);
  let out = 0;
  for (const row of taps(source.codedHeight, target.height)) {
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel += 1) {
        const from = plane.offset + (blueFirst ? 2 - channel : channel);
        let sum = 0;
        for (const y of row) for (const x of column) sum += raw[from + y * plane.stride + x * 4] ?? 0;
        data[out + channel] = sum / (row.length * column.length);
      }
      data[out + 3] = 255;
      out += 4;
    }
  }
  return { ...target, data };
}

/** For each output position, the source positions that are averaged into it. */
function taps(source: number, target: number): readonly (readonly number[])[] {
  const span = source / target;
  const count = Math.max(1, Math.min(MAX_TAPS, Math.round(span)));
  return Array.from({ length: target }, (_, index) =>
    Array.from({ length: count }, (_unused, tap) =>
      Math.min(source - 1, Math.floor((index + (tap + 0.5) / count) * span)),
    ),
  );
}
