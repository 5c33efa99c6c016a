/** Tar files (POSIX ustar) as streams: regular files only, one after another, each of a size that is known before it is written. */

import type { FileHandle } from 'node:fs/promises';

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const MAGIC = 'ustar\u000000';
const REGULAR_FILE = '0';
/** The largest size that the eleven octal digits of a header can say. */
const MAX_FILE_BYTES = 8 ** 11 - 1;
const READ_BYTES = 1_048_576;
const PLACES = { size: 124, time: 136, checksum: 148, type: 156, magic: 257 } as const;

export type TarWriter = {
  /** Throws a RangeError unless `chunks` come to exactly `bytes`. */
  add(name: string, bytes: number, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void>;
  /** Everything is on the disk afterwards. */
  end(): Promise<void>;
};

export type TarEntry = {
  readonly name: string;
  readonly bytes: number;
  /** To be read to its end before the next entry. */
  readonly chunks: AsyncIterable<Buffer>;
};

/** Thrown for a file that is no tar, or only the beginning of one. */
export class BrokenTarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenTarError';
  }
}

/** `seconds` since 1970 is the time of every file. */
export function writeTar(file: FileHandle, seconds: number): TarWriter {
  return {
    add: async (name, bytes, chunks) => {
      await file.appendFile(headerOf(name, bytes, seconds));
      let written = 0;
      for await (const chunk of chunks) {
        written += chunk.length;
        if (written > bytes) throw new RangeError(`${name} has more than its ${bytes} bytes`);
        await file.appendFile(chunk);
      }
      if (written !== bytes) throw new RangeError(`${name} has only ${written} of its ${bytes} bytes`);
      await file.appendFile(Buffer.alloc(paddingOf(bytes)));
    },
    end: async () => {
      await file.appendFile(Buffer.alloc(2 * BLOCK_BYTES));
      await file.sync();
    },
  };
}

/** Throws `BrokenTarError` where the file is none, or ends too early. */
export async function* readTar(file: FileHandle): AsyncGenerator<TarEntry> {
  let place = 0;
  for (;;) {
    const header = await readExactly(file, place, BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return;
    const { name, bytes } = readHeader(header);
    const begin = place + BLOCK_BYTES;
    yield { name, bytes, chunks: readRange(file, begin, bytes) };
    place = begin + bytes + paddingOf(bytes);
  }
}

async function* readRange(file: FileHandle, begin: number, bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes; at += READ_BYTES) {
    yield await readExactly(file, begin + at, Math.min(READ_BYTES, bytes - at));
  }
}

async function readExactly(file: FileHandle, place: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, place + done);
    if (bytesRead === 0) throw new BrokenTarError('the file ends too early');
    done += bytesRead;
  }
  return buffer;
}

function headerOf(name: string, bytes: number, seconds: number): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`the name ${name} is too long`);
  if (bytes > MAX_FILE_BYTES) throw new RangeError(`${name} is too large for a tar file`);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0);
  header.write('0000600\u00000000000\u00000000000\u0000', NAME_BYTES);
  header.write(`${octal(bytes, 11)}\u0000`, PLACES.size);
  header.write(`${octal(seconds, 11)}\u0000`, PLACES.time);
  header.write(' '.repeat(8), PLACES.checksum);
  header.write(REGULAR_FILE, PLACES.type);
  header.write(MAGIC, PLACES.magic);
  header.write(`${octal(checksumOf(header), 6)}\u0000 `, PLACES.checksum);
  return header;
}

function readHeader(header: Buffer): { name: string; bytes: number } {
  const said = Number.parseInt(textAt(header, PLACES.checksum, 8), 8);
  const blank = Buffer.from(header);
  blank.write(' '.repeat(8), PLACES.checksum);
  if (said !== checksumOf(blank)) throw new BrokenTarError('the file is no tar, or it is damaged');
  if (textAt(header, PLACES.type, 1) !== REGULAR_FILE) throw new BrokenTarError('the file holds what no backup does');
  return { name: textAt(header, 0, NAME_BYTES), bytes: Number.parseInt(textAt(header, PLACES.size, 12), 8) };
}

function textAt(header: Buffer, place: number, bytes: number): string {
  const text = header.subarray(place, place + bytes).toString('utf8');
  return text.split('\u0000')[0]?.trim() ?? '';
}

function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
