// What one sandbox clip is made of: everything the renderer needs, as plain data.
import { createHash } from 'node:crypto';

export type RenderFile = { readonly path: string; readonly sha256: string };

export type RenderImage = RenderFile & { readonly role: 'first_frame' | 'last_frame' | 'reference_image' };

export type RenderPlan = {
  /** Exact size of the video in pixels; both even. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly durationMs: number;
  readonly prompt: string;
  readonly modelLabel: string;
  /** A short word on what is being done, such as a scene's name. */
  readonly caption: string | null;
  readonly seed: number;
  readonly audio: boolean;
  readonly images: readonly RenderImage[];
  /** A motion or source video, shown as a picture in the picture. */
  readonly inset: RenderFile | null;
  /** A given audio track; with `audio` on it is the sound of the clip. */
  readonly soundtrack: RenderFile | null;
};

/** Raise it whenever the same plan would give other pixels or sound, so that no old clip is served for a new renderer. */
export const RENDERER_VERSION = 1;

const MIN_SIDE = 16;
const MAX_SIDE = 8192;
const MAX_FPS = 120;
const MAX_DURATION_MS = 60 * 60 * 1000;
const MAX_IMAGES = 32;

/**
 * The plan's name: sha256 hex over all that changes pixels or sound. Files count by their hash, never by their path.
 * Throws a `RangeError` for a plan no clip can be made of.
 */
export function planDigest(plan: RenderPlan): string {
  assertPlan(plan);
  const facts = {
    renderer: RENDERER_VERSION,
    width: plan.width,
    height: plan.height,
    fps: plan.fps,
    durationMs: plan.durationMs,
    prompt: plan.prompt,
    modelLabel: plan.modelLabel,
    caption: plan.caption,
    seed: plan.seed,
    audio: plan.audio,
    images: plan.images.map((image) => [image.role, image.sha256]),
    inset: plan.inset?.sha256 ?? null,
    soundtrack: plan.audio ? (plan.soundtrack?.sha256 ?? null) : null,
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Whole frames of the clip; at least one. */
export function frameCount(plan: RenderPlan): number {
  return Math.max(1, Math.round((plan.durationMs * plan.fps) / 1000));
}

function assertPlan(plan: RenderPlan): void {
  for (const side of [plan.width, plan.height]) {
    if (!Number.isInteger(side) || side % 2 !== 0 || side < MIN_SIDE || side > MAX_SIDE) {
      throw new RangeError(`A clip's sides are even numbers from ${MIN_SIDE} to ${MAX_SIDE}, not ${side}.`);
    }
  }
  if (!(plan.fps > 0 && plan.fps <= MAX_FPS))
    throw new RangeError(`A clip has up to ${MAX_FPS} frames a second, not ${plan.fps}.`);
  if (!(plan.durationMs > 0 && plan.durationMs <= MAX_DURATION_MS)) {
    throw new RangeError(`A clip lasts up to ${MAX_DURATION_MS} ms, not ${plan.durationMs}.`);
  }
  if (!Number.isFinite(plan.seed)) throw new RangeError('A seed is a finite number.');
  if (plan.images.length > MAX_IMAGES) throw new RangeError(`A clip takes up to ${MAX_IMAGES} images.`);
}
