// A given video shown small inside the picture, decoded as the clip goes on.
import { createCanvas } from '@napi-rs/canvas';
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { openMediaFile } from '../inspect/media-file.ts';
import { upright } from '../inspect/stills.ts';
import type { Slate } from './overlay.ts';
import { makeCard, margin, paintTag } from './stills.ts';

export type Inset = {
  /** Decodes the frame shown at the next of the seconds the inset was opened with. */
  advance(): Promise<void>;
  paint(context: SKRSContext2D, opacity: number): void;
  close(): Promise<void>;
};

const UNREADABLE = 'The input video could not be decoded.';
const TAG = 'INPUT VIDEO';

/** `seconds` are the clip's frame times; past its end the video holds its last frame. Throws when it cannot be decoded. */
export async function openInset(path: string, slate: Slate, seconds: readonly number[]): Promise<Inset> {
  const input = openMediaFile(path);
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null || !(await track.canDecode())) throw new Error(UNREADABLE);
    const aspect = (await track.getDisplayWidth()) / (await track.getDisplayHeight());
    const most = { width: Math.min(slate.width * 0.4, slate.unit * 0.44), height: slate.unit * 0.3 };
    const width = Math.max(2, Math.round(Math.min(most.width, most.height * aspect)));
    const size = { width, height: Math.max(2, Math.round(width / aspect)) };
    const start = await track.getFirstTimestamp();
    const frames = upright(
      track,
      seconds.map((second) => start + second),
      size,
    );
    const card = makeCard(createCanvas(size.width, size.height), TAG, slate);
    const pad = margin(slate);
    let shown: Canvas | null = null;
    return {
      async advance() {
        const next = await frames.next().catch((error: unknown) => {
          throw new Error(UNREADABLE, { cause: error });
        });
        if (next.done !== true) shown = next.value.canvas;
        else if (shown === null) throw new Error(UNREADABLE);
      },
      paint(context, opacity) {
        if (shown === null) return;
        context.globalAlpha = opacity;
        context.drawImage(card, slate.marginX - pad, slate.picturesTop - pad);
        context.drawImage(shown, slate.marginX, slate.picturesTop);
        paintTag(context, TAG, slate.marginX, slate.picturesTop + size.height, slate);
        context.globalAlpha = 1;
      },
      async close() {
        await frames.return(undefined);
        input.dispose();
      },
    };
  } catch (error) {
    input.dispose();
    throw new Error(UNREADABLE, { cause: error });
  }
}
