/** Reads multipart/form-data: fields into memory, files straight into storage, all within bounds. */

import type { IncomingMessage } from 'node:http';

import { Busboy } from '@fastify/busboy';
import type { BusboyFileStream, BusboyInstance } from '@fastify/busboy';

import type { IncomingFile } from '../../dialects/dialect.ts';
import type { Storage } from '../../media/storage/storage.ts';
import type { FormField } from '../../model/form-body.ts';
import { BODY_BOUNDS } from '../bounds.ts';
import type { ByteShare } from '../byte-budget.ts';
import { failed } from '../fail.ts';
import { bodyChunks, busy, within } from './body-source.ts';
import { storePart } from './store-part.ts';

export type MultipartBody = { readonly fields: readonly FormField[]; readonly files: readonly IncomingFile[] };

/** Throws a failure for a body that is broken or beyond the bounds; nothing half-written is left behind. */
export async function readMultipart(
  request: IncomingMessage,
  contentType: string,
  storage: Pick<Storage, 'writer'>,
  share: ByteShare,
): Promise<MultipartBody> {
  const form = new FormReader(openParser(contentType), storage, share);
  try {
    const bounds = { maxBytes: BODY_BOUNDS.formBytes, idleMs: BODY_BOUNDS.idleMs };
    for await (const chunk of bodyChunks(request, bounds)) await form.write(chunk);
    return await form.end();
  } catch (error) {
    await form.abandon(error);
    throw error;
  }
}

function openParser(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (_name, type, fileName) =>
        fileName !== undefined || /^(?:application\/octet-stream$|image\/|video\/|audio\/)/.test(type ?? ''),
      limits: {
        files: BODY_BOUNDS.formFiles,
        fields: BODY_BOUNDS.formFields,
        parts: BODY_BOUNDS.formFiles + BODY_BOUNDS.formFields,
        fieldSize: BODY_BOUNDS.formFieldBytes,
        headerPairs: BODY_BOUNDS.formHeaderPairs,
        headerSize: BODY_BOUNDS.formHeaderBytes,
      },
    });
  } catch {
    throw failed('invalid_request', 'The multipart body cannot be read: its Content-Type names no boundary.');
  }
}

class FormReader {
  readonly #parser: BusboyInstance;
  readonly #storage: Pick<Storage, 'writer'>;
  readonly #share: ByteShare;
  readonly #fields: FormField[] = [];
  readonly #files: Promise<IncomingFile | null>[] = [];
  readonly #streams: BusboyFileStream[] = [];
  readonly #finished: Promise<void>;
  #failure: { readonly error: unknown } | null = null;
  #onFailure: ((error: unknown) => void) | null = null;
  #receivedBytes = 0;
  #storedBytes = 0;

  constructor(parser: BusboyInstance, storage: Pick<Storage, 'writer'>, share: ByteShare) {
    this.#parser = parser;
    this.#storage = storage;
    this.#share = share;
    this.#finished = new Promise((resolve) => {
      parser.once('finish', resolve);
    });
    this.#listen();
  }

  /** Resolves when the parser and the files have taken the bytes. */
  async write(chunk: Buffer): Promise<void> {
    this.#receivedBytes += chunk.length;
    const inMemoryBytes = this.#receivedBytes - this.#storedBytes;
    if (inMemoryBytes > BODY_BOUNDS.formFieldsBytes) {
      throw failed(
        'body_too_large',
        `The fields of the form are larger than the ${BODY_BOUNDS.formFieldsBytes} bytes allowed.`,
      );
    }
    if (!this.#share.resize(inMemoryBytes)) throw busy();
    const taken = new Promise<void>((resolve) => this.#parser.write(chunk, () => resolve()));
    await this.#unlessBroken(within(taken, BODY_BOUNDS.idleMs));
  }

  async end(): Promise<MultipartBody> {
    this.#parser.end();
    await this.#unlessBroken(within(this.#finished, BODY_BOUNDS.idleMs));
    const files = await this.#unlessBroken(Promise.all(this.#files));
    return { fields: this.#fields, files: files.filter((file) => file !== null) };
  }

  /** Stops every file and waits until what was written of them is gone. */
  async abandon(error: unknown): Promise<void> {
    this.#fail(error);
    const reason = error instanceof Error ? error : new Error('the form was abandoned');
    for (const stream of this.#streams) stream.destroy(reason);
    await Promise.allSettled(this.#files);
    this.#parser.destroy();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#onFailure?.(this.#failure.error);
  }

  /** The step's outcome, unless the form turns out to be broken first; only one step runs at a time. */
  #unlessBroken<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure.error);
      this.#onFailure = reject;
      step.then(resolve, reject);
    });
  }

  #listen(): void {
    const parser = this.#parser;
    parser.on('error', () => this.#fail(broken('it is not well formed, or ends too early')));
    parser.on('partsLimit', () => this.#fail(broken('it has too many parts')));
    parser.on('filesLimit', () => this.#fail(broken(`it has more than ${BODY_BOUNDS.formFiles} files`)));
    parser.on('fieldsLimit', () => this.#fail(broken(`it has more than ${BODY_BOUNDS.formFields} fields`)));
    parser.on('field', (name: string | undefined, value, _nameTruncated, isTruncated) => {
      if (!isName(name)) this.#fail(broken('a part has no name, or a very long one'));
      else if (isTruncated)
        this.#fail(
          failed(
            'body_too_large',
            `The field '${shortened(name)}' is larger than the ${BODY_BOUNDS.formFieldBytes} bytes allowed.`,
          ),
        );
      else this.#fields.push({ name, value });
    });
    parser.on('file', (name: string | undefined, stream, fileName: string | undefined) => {
      const file = this.#store(name, stream, fileName ?? null);
      this.#streams.push(stream);
      this.#files.push(file);
      file.catch((error: unknown) => this.#fail(error));
    });
  }

  async #store(
    name: string | undefined,
    stream: BusboyFileStream,
    fileName: string | null,
  ): Promise<IncomingFile | null> {
    // The parser reports a cut body on the stream too; reading it throws the same, and this keeps it from being unhandled.
    stream.on('error', () => undefined);
    if (!isName(name)) throw broken('a part has no name, or a very long one');
    const onBytes = (bytes: number): void => {
      this.#storedBytes += bytes;
    };
    const upload = await storePart(this.#storage, stream, fileName, onBytes);
    return upload === null ? null : { field: name, upload };
  }
}

function isName(name: string | undefined): name is string {
  return name !== undefined && name !== '' && Buffer.byteLength(name) <= BODY_BOUNDS.formNameBytes;
}

function shortened(name: string): string {
  return name.slice(0, 40);
}

function broken(why: string): Error {
  return failed('invalid_request', `The multipart body cannot be read: ${why}.`);
}
