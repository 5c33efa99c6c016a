/** A request with every default decided, hence priceable and ready for any provider. */

import type { JsonObject } from './json.ts';
import { SCENES } from './request.ts';
import type { InputRole, MediaSource, MotionLevel, Scene } from './request.ts';

/** What kind of making this is; decided by the inputs and the scene, never said by the client. */
export const MODE_NAMES = ['text', 'first_frame', 'first_last', 'reference', ...SCENES] as const;
export type ModeName = (typeof MODE_NAMES)[number];

/** An input with its role decided, before its bytes were seen. */
export type PlannedInput = { readonly role: InputRole; readonly source: MediaSource; readonly param: string };

/** An input whose bytes lie in storage. Lengths in milliseconds, sizes in pixels; null where the kind has none. */
export type SpecInput = {
  readonly role: InputRole;
  readonly assetId: string;
  readonly sha256: string;
  readonly mime: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  /** Where the client said it lies, if it gave a URL: some vendors want to fetch it themselves. */
  readonly url: string | null;
  /** The own job whose video it is; null or absent where it came from elsewhere. */
  readonly jobId?: string | null;
  /** The field as the client spelled it, for error messages; absent where none is known. */
  readonly param?: string;
};

type SpecBase = {
  /** Canonical catalogue id. */
  readonly model: string;
  /** The name the client used, echoed in every answer. */
  readonly requestedModel: string;
  readonly mode: ModeName;
  readonly scene: Scene | null;
  readonly prompt: string | null;
  readonly negativePrompt: string | null;
  /** Length of the video to be made, in seconds. */
  readonly seconds: number;
  readonly resolution: string;
  /** `W:H`, or `adaptive` until the picture that decides it was seen. */
  readonly ratio: string;
  readonly fps: number;
  readonly audio: boolean;
  readonly bgm: boolean;
  readonly seed: number | null;
  readonly count: number;
  readonly offPeak: boolean;
  readonly motionLevel: MotionLevel | null;
  readonly watermark: boolean;
  readonly callbackUrl: string | null;
  readonly payload: string | null;
  readonly user: string | null;
  /** The client's own id of the job; null or absent where it has none. */
  readonly externalId?: string | null;
  readonly vendor: JsonObject;
};

/** A resolved request whose inputs are still to be fetched. */
export type PlannedSpec = SpecBase & { readonly inputs: readonly PlannedInput[] };

export type VideoSpec = SpecBase & {
  readonly inputs: readonly SpecInput[];
  readonly width: number;
  readonly height: number;
  /** Seconds the price is computed from; differs from `seconds` where a scene has a minimum. */
  readonly billedSeconds: number;
};
