/** Ids: a UUIDv7 core shared by every dialect, and the prefixes that dress it. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PREFIXES = ['video_', 'task_', ''] as const;

/**
 * A UUIDv7: 48 bits of `nowMs`, then 74 random bits.
 * `random` must hold at least 10 bytes from a cryptographic source.
 */
export function uuidV7(nowMs: number, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError('uuidV7 needs 10 random bytes');
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The UUID inside a public job id of any dialect (`video_…`, `task_…` or bare), or null if it is none. */
export function parseJobId(text: string): string | null {
  const prefix = PREFIXES.find((candidate) => text.startsWith(candidate)) ?? '';
  const core = text.slice(prefix.length);
  return isUuid(core) ? core : null;
}
