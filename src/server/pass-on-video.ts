/** A finished video that is not copied yet, passed on from its vendor to the owner of the job. */

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { VendorVideo } from '../engine/vendor-video.ts';
import { HTTP_BOUNDS } from './bounds.ts';

/** Whatever the vendor calls it, a browser only ever sees a video. */
const VIDEO_TYPES: ReadonlySet<string> = new Set(['video/mp4', 'video/webm', 'video/quicktime']);
const USUAL_TYPE = 'video/mp4';

/** `name` is the suggested file name without its extension. Parts of it cannot be asked for. */
export function passOnVideo(
  request: FastifyRequest,
  reply: FastifyReply,
  { head, body }: VendorVideo,
  name: string,
): FastifyReply {
  const said = head.contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  reply.headers({
    'content-type': VIDEO_TYPES.has(said) ? said : USUAL_TYPE,
    'content-disposition': `inline; filename="${name}.mp4"`,
    'accept-ranges': 'none',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  });
  if (head.totalBytes !== null) reply.header('content-length', String(head.totalBytes));
  if (request.method === 'HEAD') {
    body.destroy();
    return reply.send();
  }
  reply.raw.once('close', () => body.destroy());
  reply.raw.setTimeout(HTTP_BOUNDS.stalledDownloadMs, () => reply.raw.destroy());
  return reply.send(body);
}
