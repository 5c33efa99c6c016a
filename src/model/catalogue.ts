/** The shape of a catalogue row: what one model can do, what it costs, and which providers serve it. */

import type { JsonObject } from './json.ts';
import type { Micros } from './money.ts';
import type { InputRole, MotionLevel, Scene } from './request.ts';
import type { ModeName } from './spec.ts';

/** How sure a fact is: read in the vendor's documents or SDK, seen in public code, or inferred. */
export type Confidence = 'documented' | 'observed' | 'guessed';
export type Source = { readonly reference: string; readonly confidence: Confidence };

export type Choices<T> = { readonly values: readonly T[]; readonly default: T };

/** `min` to `max` files of one role. */
export type Count = { readonly min: number; readonly max: number };

/** One way of making a video with a model. Absent limits are the row's. */
export type ModeRow = {
  readonly name: ModeName;
  readonly inputs: Readonly<Partial<Record<InputRole, Count>>>;
  readonly prompt: 'required' | 'optional';
  /** `choice`: the client picks from `ratios`; `input`: the picture (or source video) decides the shape. */
  readonly ratio: 'choice' | 'input';
  readonly seconds?: Choices<number>;
  readonly resolutions?: Choices<string>;
  readonly ratios?: Choices<string>;
  /** The length of a given audio track becomes the length of the video, up to this many seconds. */
  readonly secondsFromAudio?: { readonly max: number };
  /**
   * The same of the source video, or of the video with the motion, where no audio track decides. `orSaid`: what the client says
   * counts where it is longer.
   */
  readonly secondsFromVideo?: { readonly max: number; readonly orSaid?: true };
  /** Fewer seconds than this are billed as this many. */
  readonly minBilledSeconds?: number;
};

/** Facts of a spec that a rule or a price can look at; a missing key matches everything. */
export type Condition = {
  readonly mode?: readonly ModeName[];
  readonly scene?: readonly (Scene | null)[];
  readonly resolution?: readonly string[];
  readonly ratio?: readonly string[];
  readonly seconds?: readonly number[];
  readonly audio?: readonly boolean[];
  readonly offPeak?: readonly boolean[];
  readonly motionLevel?: readonly (MotionLevel | null)[];
  /** Whether a reference or motion video is among the inputs. */
  readonly videoInput?: readonly boolean[];
};

/** A limit across fields: where `when` matches, `only` must match too and `forbid` must not. */
export type Rule = {
  readonly when: Condition;
  readonly because: { readonly en: string; readonly zh: string };
} & ({ readonly only: Condition } | { readonly forbid: Condition });

export type PriceUnit = 'second' | 'video' | 'million_tokens';

/**
 * Micro-USD per unit where `when` matches; the first matching row of a list is the price. Tokens are
 * `width × height × (24 × seconds + 1) / 1024`, as Ark counts them.
 */
export type PriceRow = {
  readonly unit: PriceUnit;
  readonly micros: Micros;
  /** Besides, once for each video, however long it is. */
  readonly baseMicros?: Micros;
  readonly when: Condition;
  readonly source: Source;
};

/** A provider that serves the model, and the words by which it knows it. */
export type Serving = {
  readonly provider: string;
  readonly upstream: JsonObject;
  readonly modes?: readonly ModeName[];
  /** What this provider cannot do of what the model can; the reasons name no provider, since clients read them. */
  readonly rules?: readonly Rule[];
  /** What the vendor charges us, where known. */
  readonly costs?: readonly PriceRow[];
};

export type ModelRow = {
  /** Public name in its usual spelling; matched without regard to case. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly family: string;
  readonly label: string;
  readonly modes: readonly ModeRow[];
  /** Whole seconds offered. */
  readonly seconds: Choices<number>;
  /** Lower-case labels such as `720p`, `2k`. */
  readonly resolutions: Choices<string>;
  readonly ratios: Choices<string>;
  /** Exact pixels per resolution and ratio (`WxH`) where they are not the plain rule of `frame-size.ts`. */
  readonly sizes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly audio: { readonly offered: 'never' | 'always' | 'optional'; readonly default: boolean };
  readonly promptMaxChars: number;
  readonly maxCount: number;
  readonly fps: Choices<number>;
  readonly supports: {
    readonly seed: boolean;
    readonly negativePrompt: boolean;
    readonly offPeak: boolean;
    readonly bgm: boolean;
    readonly watermark: boolean;
    readonly motionLevel: boolean;
  };
  readonly rules: readonly Rule[];
  /** Keys of `VideoRequest.vendor` that may pass to the vendor. */
  readonly vendorKeys: readonly string[];
  /** None: only gateways whose channels name the model among theirs. */
  readonly servings: readonly Serving[];
  /** Usual time from submit to result, in seconds, until real jobs have taught better. */
  readonly typicalSeconds: number;
  /** A job unheard of for this long ends as expired, in hours. */
  readonly deadlineHours: number;
  /**
   * Whether a job that a vendor accepted and then failed may be made again by another one, where the operator allows it:
   * only where such a failure is the vendor's, and not what any vendor of the model would come to.
   */
  readonly retryAfterFailure: boolean;
  readonly prices: readonly PriceRow[];
  readonly source: Source;
};

/** Fields that a bundled name fixes, such as `1080p` and `offpeak` in `vidu-q2-pro-reference-1080p-offpeak`. */
export type Pins = {
  readonly resolution?: string;
  readonly audio?: boolean;
  readonly offPeak?: boolean;
  readonly scene?: Scene;
  readonly motionLevel?: MotionLevel;
  /** `true`: inputs are references; `false`: the name takes no reference inputs. */
  readonly reference?: boolean;
};

export type ModelMatch = { readonly row: ModelRow; readonly pins: Pins };
