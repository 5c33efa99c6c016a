// Composes each frame of a clip: scenery or stills, cards, inset, and the slate on top.
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { makeBackdrop } from './backdrop.ts';
import type { Backdrop } from './backdrop.ts';
import { openInset } from './inset.ts';
import type { Inset } from './inset.ts';
import { makeOverlay, slateOf } from './overlay.ts';
import type { Overlay, Slate } from './overlay.ts';
import { frameCount } from './plan.ts';
import type { RenderImage, RenderPlan } from './plan.ts';
import { seededRandom } from './random.ts';
import { easeInOut } from './stage.ts';
import { contactStrip, coverFit, paintCards, paintStill, readImage } from './stills.ts';
import type { Card } from './stills.ts';

export type Painter = {
  /** Frames are painted in order, each once. Rejects when an input cannot be decoded. */
  paint(context: SKRSContext2D, frame: number): Promise<void>;
  close(): Promise<void>;
};

type Cast = {
  readonly plan: RenderPlan;
  readonly frames: number;
  readonly slate: Slate;
  readonly backdrop: Backdrop;
  readonly overlay: Overlay;
  readonly first: Canvas | null;
  readonly last: Canvas | null;
  readonly cards: readonly Card[];
  readonly inset: Inset | null;
  /** Where the stills' slow zoom is heading, as shares of the frame. */
  readonly about: { readonly x: number; readonly y: number };
};

const STILL_ZOOM = 0.1;

/** Seconds over which the slate appears after a first frame and leaves before a last one. */
const SLATE_FADE_SECONDS = 0.5;

/** Decodes the plan's inputs. Throws with words for the client when one cannot be used. */
export async function openPainter(plan: RenderPlan): Promise<Painter> {
  const frames = frameCount(plan);
  const slate = slateOf(plan.width, plan.height);
  const backdrop = makeBackdrop(plan);
  const seconds = Array.from({ length: frames }, (_, frame) => frame / plan.fps);
  const references = await Promise.all(withRole(plan, 'reference_image').map((image) => readImage(image.path)));
  const toward = seededRandom(plan.seed, 'still move');
  const first = await fitted(plan, 'first_frame');
  const last = await fitted(plan, 'last_frame');
  const room = (plan.width - 2 * slate.marginX) * (plan.inset === null ? 1 : 0.5);
  const inset = plan.inset === null ? null : await openInset(plan.inset.path, slate, seconds);
  const cast: Cast = {
    plan,
    frames,
    slate,
    backdrop,
    overlay: makeOverlay(plan, backdrop.mood.palette.accent),
    first,
    last,
    cards: contactStrip(references, slate, room),
    inset,
    about: { x: toward.between(0.3, 0.7), y: toward.between(0.35, 0.6) },
  };
  return {
    async paint(context, frame) {
      await inset?.advance();
      paintFrame(context, cast, frame);
    },
    close: async () => inset?.close(),
  };
}

function withRole(plan: RenderPlan, role: RenderImage['role']): readonly RenderImage[] {
  return plan.images.filter((image) => image.role === role);
}

async function fitted(plan: RenderPlan, role: RenderImage['role']): Promise<Canvas | null> {
  const image = withRole(plan, role)[0];
  return image === undefined ? null : coverFit(await readImage(image.path), plan.width, plan.height);
}

function paintFrame(context: SKRSContext2D, cast: Cast, frame: number): void {
  const { plan, frames, backdrop, first, last } = cast;
  const seconds = frame / plan.fps;
  const progress = frames === 1 ? 1 : frame / (frames - 1);
  const fade = Math.max(1, Math.min(SLATE_FADE_SECONDS * plan.fps, frames / 4));
  const sinceFirst = first === null ? 1 : Math.min(1, frame / fade);
  const untilLast = last === null ? 1 : Math.min(1, (frames - 1 - frame) / fade);
  const dress = Math.min(sinceFirst, untilLast);
  const toLast = last === null ? 0 : shareOfLast(first !== null, frame, frames);
  if (toLast < 1) {
    if (first === null) backdrop.paint(context, seconds, progress);
    else paintStill(context, first, 1 + STILL_ZOOM * easeInOut(progress), cast.about);
  }
  if (last !== null && toLast > 0) {
    context.globalAlpha = toLast;
    paintStill(context, last, 1 + STILL_ZOOM * (1 - easeInOut(progress)), cast.about);
    context.globalAlpha = 1;
  }
  paintCards(context, cast.cards, cast.slate, seconds, dress);
  cast.inset?.paint(context, dress);
  cast.overlay.paint(context, frame, dress, progress);
}

/** How much of the last image shows: it comes over the first in the middle, over scenery late, and is all there at the end. */
function shareOfLast(afterFirst: boolean, frame: number, frames: number): number {
  if (frame >= frames - 1 && !(afterFirst && frames === 1)) return 1;
  const [begin, end] = afterFirst ? [0.36, 0.66] : [0.5, 0.82];
  return easeInOut((frame / Math.max(1, frames - 1) - begin) / (end - begin));
}
