/** Streams one file of a form into storage. */

import type { Readable } from 'node:stream';

import type { BlobWriter, Storage } from '../../media/storage/storage.ts';
import { BlobTooLargeError } from '../../media/storage/storage.ts';
import type { Upload } from '../../model/request.ts';
import { BODY_BOUNDS } from '../bounds.ts';
import { failed } from '../fail.ts';

const MAX_NAME_CHARS = 255;

/**
 * Null for the empty part that a browser sends where no file was chosen. `onBytes` hears of every piece that has left
 * the memory. Throws `body_too_large`, and what storage throws; then nothing is left behind.
 */
export async function storePart(
  storage: Pick<Storage, 'writer'>,
  part: Readable,
  fileName: string | null,
  onBytes: (bytes: number) => void,
): Promise<Upload | null> {
  let writer: BlobWriter | null = null;
  try {
    for await (const chunk of part) {
      const bytes: Buffer = chunk;
      writer ??= await storage.writer({ maxBytes: BODY_BOUNDS.formFileBytes });
      await writer.write(bytes);
      onBytes(bytes.length);
    }
    if (writer === null && (fileName === null || fileName === '')) return null;
    writer ??= await storage.writer({ maxBytes: BODY_BOUNDS.formFileBytes });
    return { ...(await writer.commit()), fileName: fileName?.slice(0, MAX_NAME_CHARS) ?? null };
  } catch (error) {
    if (error instanceof BlobTooLargeError)
      throw failed('body_too_large', `A file is larger than the ${BODY_BOUNDS.formFileBytes} bytes allowed.`);
    throw error;
  } finally {
    await writer?.abort();
  }
}
