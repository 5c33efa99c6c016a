// Says what a media file is from its first bytes alone; what a server or a file name claims plays no part.

import { sniffContainer } from './sniff/container.ts';
import { sniffAudio } from './sniff/audio.ts';
import { sniffImage } from './sniff/image.ts';
import type { SniffedMedia } from './sniff/sniffed-media.ts';

/** Enough of a file for every format here; JPEG and HEIC keep thumbnails and colour profiles before their size. */
export const SNIFF_HEAD_BYTES = 262_144;

/**
 * Recognises jpeg, png, webp, gif, bmp, avif, heic, tiff; mp4, mov, webm, avi; mp3, wav, m4a, aac, ogg, flac.
 * Anything else (svg, html, zip, text, nothing) is null. Never throws; reads at most SNIFF_HEAD_BYTES.
 */
export function sniffMedia(head: Buffer): SniffedMedia | null {
  const bytes = head.subarray(0, SNIFF_HEAD_BYTES);
  return sniffImage(bytes) ?? sniffContainer(bytes) ?? sniffAudio(bytes);
}
