/** From a spec to what the studio draws: the same spec and seed always give the same plan. */

import { createHash } from 'node:crypto';

import type { RenderImage, RenderPlan } from '../../media/studio/plan.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { InputFiles } from '../provider.ts';

/** A plan as it survives a restart: files are named by their hash, since paths may move. */
export type StoredPlan = JsonObject & { readonly sketch: string };

type Sketch = Omit<RenderPlan, 'images' | 'inset' | 'soundtrack'> & {
  readonly images: readonly Omit<RenderImage, 'path'>[];
  readonly inset: string | null;
  readonly soundtrack: string | null;
};

export function storePlan(spec: VideoSpec, prompt: string): StoredPlan {
  const sketch: Sketch = {
    width: spec.width,
    height: spec.height,
    fps: spec.fps,
    durationMs: spec.seconds * 1000,
    prompt,
    modelLabel: spec.requestedModel,
    caption: spec.scene,
    seed: spec.seed === null || spec.seed < 0 ? seedOf(spec, prompt) : spec.seed,
    audio: spec.audio || spec.inputs.some((input) => input.role === 'audio'),
    images: spec.inputs.flatMap((input) => (isStill(input) ? [{ role: input.role, sha256: input.sha256 }] : [])),
    inset: shaOf(spec, ['motion_video', 'source_video', 'reference_video']),
    soundtrack: shaOf(spec, ['audio']),
  };
  return { sketch: JSON.stringify(sketch) };
}

export async function loadPlan(stored: StoredPlan, files: InputFiles): Promise<RenderPlan> {
  const sketch = JSON.parse(stored.sketch) as Sketch;
  const found = async (sha256: string): Promise<{ sha256: string; path: string }> => ({
    sha256,
    path: await files.path({ sha256 }),
  });
  const images: RenderImage[] = [];
  for (const image of sketch.images) images.push({ role: image.role, ...(await found(image.sha256)) });
  return {
    ...sketch,
    images,
    inset: sketch.inset === null ? null : await found(sketch.inset),
    soundtrack: sketch.soundtrack === null ? null : await found(sketch.soundtrack),
  };
}

type Still = SpecInput & { readonly role: RenderImage['role'] };

function isStill(input: SpecInput): input is Still {
  return input.role === 'first_frame' || input.role === 'last_frame' || input.role === 'reference_image';
}

function shaOf(spec: VideoSpec, roles: readonly SpecInput['role'][]): string | null {
  return spec.inputs.find((input) => roles.includes(input.role))?.sha256 ?? null;
}

/** Without a seed the words decide, so that the same request is drawn once. */
function seedOf(spec: VideoSpec, prompt: string): number {
  return createHash('sha256').update(`${spec.model}\n${prompt}`).digest().readUInt32BE(0);
}
