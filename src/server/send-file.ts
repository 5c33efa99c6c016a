/** Streams a stored file: whole or one range of it, with what caches and players need to know. */

import { pipeline, Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Storage } from '../media/storage/storage.ts';
import { FailureError } from '../model/failure.ts';
import type { Asset } from '../store/assets.ts';
import { HTTP_BOUNDS } from './bounds.ts';
import { isSameFile, judgeRange, matchesAny } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';
import { failed } from './fail.ts';

/** Types that a browser may show; whatever else lies in storage is only ever offered for saving. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'video/quicktime': 'mov',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/wav': 'wav',
};

/**
 * Answers GET and HEAD for the asset; `name` is the suggested file name without its extension. Throws `gone` if the
 * bytes are not there.
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  storage: Storage,
  asset: Asset,
  name: string,
): Promise<FastifyReply> {
  const stored = await storage.stat(asset.sha256);
  if (stored === null) throw failed('gone', 'This file is no longer stored.');
  if (stored.bytes !== asset.bytes) throw new Error(`the stored file of asset ${asset.id} has a wrong size`);
  const etag = `"${asset.sha256}"`;
  reply.headers(fileHeaders(asset, etag, name));
  if (matchesAny(request.headers['if-none-match'], etag)) return reply.code(304).removeHeader('content-type').send();
  if (storage.address !== undefined && request.method === 'GET') return sendElsewhere(reply, storage.address, asset);
  const range = rangeOf(request, reply, asset, etag);
  if (range !== null) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${asset.bytes}`);
  reply.header('content-length', String(range === null ? asset.bytes : range.end - range.start + 1));
  if (request.method === 'HEAD' || asset.bytes === 0) return reply.send();
  return reply.send(await openStream(request, reply, storage, asset, range));
}

function fileHeaders(asset: Asset, etag: string, name: string): Record<string, string> {
  const extension = EXTENSIONS[asset.mime];
  const disposition = extension === undefined ? 'attachment' : 'inline';
  return {
    'content-type': extension === undefined ? 'application/octet-stream' : asset.mime,
    'content-disposition': `${disposition}; filename="${name}.${extension ?? 'bin'}"`,
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  };
}

/** The client takes its range, if any, along to where the bytes are. */
async function sendElsewhere(
  reply: FastifyReply,
  address: NonNullable<Storage['address']>,
  asset: Asset,
): Promise<FastifyReply> {
  const contentType = String(reply.getHeader('content-type'));
  const contentDisposition = String(reply.getHeader('content-disposition'));
  const location = await address(asset.sha256, { contentType, contentDisposition });
  for (const header of ['content-type', 'content-disposition', 'accept-ranges']) reply.removeHeader(header);
  return reply.code(302).headers({ location, 'cache-control': 'no-store' }).send();
}

/** Null for the whole file; ranges mean something for GET only. */
function rangeOf(request: FastifyRequest, reply: FastifyReply, asset: Asset, etag: string): ByteRange | null {
  if (request.method !== 'GET' || !isSameFile(request.headers['if-range']?.toString(), etag)) return null;
  const verdict = judgeRange(request.headers.range, asset.bytes);
  if (verdict.kind === 'unsatisfiable') {
    for (const header of ['etag', 'content-disposition', 'cache-control']) reply.removeHeader(header);
    reply.header('content-range', `bytes */${asset.bytes}`);
    throw new FailureError({
      kind: 'range_not_satisfiable',
      message: `The range is not inside the file of ${asset.bytes} bytes.`,
    });
  }
  return verdict.kind === 'part' ? verdict.range : null;
}

/**
 * The framework ties the stream to the connection: each ends the other, so a read error never looks like a complete
 * file and a client that leaves frees the file. A client that stays but takes nothing is cut off here.
 */
async function openStream(
  request: FastifyRequest,
  reply: FastifyReply,
  storage: Storage,
  asset: Asset,
  range: ByteRange | null,
): Promise<Readable> {
  const source = await storage.read(asset.sha256, range ?? undefined);
  const exact = exactly(range === null ? asset.bytes : range.end - range.start + 1);
  // Whoever reads `exact` hears of every error; this only makes the end of one the end of the other.
  pipeline(source, exact, () => undefined);
  if (request.raw.socket.destroyed) exact.destroy();
  reply.raw.setTimeout(HTTP_BOUNDS.stalledDownloadMs, () => reply.raw.destroy());
  return exact;
}

/** Fails at the end if fewer or more bytes came than were promised: a client would wait for the rest for ever. */
function exactly(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      done(seen === bytes ? null : new Error(`a stored file gave ${seen} bytes instead of ${bytes}`));
    },
  });
}
