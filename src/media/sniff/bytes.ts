// Bounds-checked reading of untrusted bytes: what lies beyond the end is null, never an exception.

/** Unsigned big-endian integer of 1 to 6 bytes at the offset. */
export function uintBE(bytes: Buffer, offset: number, size: number): number | null {
  return isInside(bytes, offset, size) ? bytes.readUIntBE(offset, size) : null;
}

/** Unsigned little-endian integer of 1 to 6 bytes at the offset. */
export function uintLE(bytes: Buffer, offset: number, size: number): number | null {
  return isInside(bytes, offset, size) ? bytes.readUIntLE(offset, size) : null;
}

/** Signed little-endian 32-bit integer at the offset. */
export function int32LE(bytes: Buffer, offset: number): number | null {
  return isInside(bytes, offset, 4) ? bytes.readInt32LE(offset) : null;
}

/** Whether the bytes at the offset are exactly this text, one byte per character. */
export function hasText(bytes: Buffer, offset: number, text: string): boolean {
  return isInside(bytes, offset, text.length) && bytes.toString('latin1', offset, offset + text.length) === text;
}

/** The four characters of a box or chunk name, or null beyond the end. */
export function fourCharacters(bytes: Buffer, offset: number): string | null {
  return isInside(bytes, offset, 4) ? bytes.toString('latin1', offset, offset + 4) : null;
}

function isInside(bytes: Buffer, offset: number, size: number): boolean {
  return offset >= 0 && offset + size <= bytes.length;
}
