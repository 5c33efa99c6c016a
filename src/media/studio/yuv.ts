// Converts drawn RGBA pixels to the encoder's planes, as BT.709 with limited range.

/** Fixed-point weights with 16 fractional bits; the sums include the offset and half a unit for rounding. */
const LUMA_BIAS = 16.5 * 65536;
const CHROMA_BIAS = 128.5 * 262144;

/**
 * Writes I420 into `planes` (width * height * 3 / 2 bytes). Sides are even; alpha is ignored. The conversion is our own
 * because the encoder's converts as BT.601 whatever the frame says, and high-definition players assume BT.709.
 */
export function rgbaToI420(pixels: Buffer, planes: Uint8Array, width: number, height: number): void {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  let u = width * height;
  let v = u + (width >> 1) * (height >> 1);
  for (let row = 0; row < height; row += 2) {
    let top = row * width;
    let bottom = top + width;
    for (let column = 0; column < width; column += 2) {
      const a = words[top] ?? 0;
      const b = words[top + 1] ?? 0;
      const c = words[bottom] ?? 0;
      const d = words[bottom + 1] ?? 0;
      planes[top] = (11966 * (a & 255) + 40254 * ((a >>> 8) & 255) + 4064 * ((a >>> 16) & 255) + LUMA_BIAS) >> 16;
      planes[top + 1] = (11966 * (b & 255) + 40254 * ((b >>> 8) & 255) + 4064 * ((b >>> 16) & 255) + LUMA_BIAS) >> 16;
      planes[bottom] = (11966 * (c & 255) + 40254 * ((c >>> 8) & 255) + 4064 * ((c >>> 16) & 255) + LUMA_BIAS) >> 16;
      planes[bottom + 1] =
        (11966 * (d & 255) + 40254 * ((d >>> 8) & 255) + 4064 * ((d >>> 16) & 255) + LUMA_BIAS) >> 16;
      const red = (a & 255) + (b & 255) + (c & 255) + (d & 255);
      const green = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255);
      const blue = ((a >>> 16) & 255) + ((b >>> 16) & 255) + ((c >>> 16) & 255) + ((d >>> 16) & 255);
      planes[u] = (-6596 * red - 22189 * green + 28784 * blue + CHROMA_BIAS) >> 18;
      planes[v] = (28784 * red - 26145 * green - 2639 * blue + CHROMA_BIAS) >> 18;
      u += 1;
      v += 1;
      top += 2;
      bottom += 2;
    }
  }
}
