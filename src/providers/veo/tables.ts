/** The words of Google's video APIs and what they mean here. Sources: the Google Gen AI SDK, Vertex AI's pages, google.rpc.Code. */

import type { FailureKind } from '../../model/failure.ts';
import { limitsByKind } from '../../model/input-limit.ts';
import type { InputLimits } from '../../model/input-limit.ts';
import type { InputRole } from '../../model/request.ts';
import type { ModeName } from '../../model/spec.ts';

/** By the reason among an error's details, else by its status, in capitals. A model that is gone says nothing of the key. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  API_KEY_INVALID: 'upstream_credential',
  INVALID_ARGUMENT: 'invalid_request',
  INVALID_REQUEST: 'invalid_request',
  FAILED_PRECONDITION: 'upstream_credential',
  PERMISSION_DENIED: 'upstream_credential',
  UNAUTHENTICATED: 'upstream_credential',
  NOT_FOUND: 'upstream_unavailable',
  RESOURCE_EXHAUSTED: 'rate_limited',
  UNAVAILABLE: 'upstream_unavailable',
  INTERNAL: 'generation_failed',
  DEADLINE_EXCEEDED: 'generation_failed',
};

/** Of predictions; what interactions take is not said. */
export const VEO_LIMITS: InputLimits = limitsByKind({ image: { types: ['image/jpeg', 'image/png', 'image/webp'] } });

/** Statuses by their number, as operations give them. */
export const RPC_CODES: Readonly<Record<number, string>> = {
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  16: 'UNAUTHENTICATED',
};

/** By the HTTP status of a refusal without a known word. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_unavailable',
  413: 'invalid_request',
  429: 'rate_limited',
};

/** What a message says where the content was the reason. */
export const ABOUT_CONTENT = /\b(?:SAFETY|PROHIBITED_CONTENT|BLOCKLIST|SPII)\b|usage guidelines|support codes?:/i;

/** Any other word keeps the job waiting. */
export const INTERACTION_STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed'>> = {
  queued: 'waiting',
  in_progress: 'waiting',
  completed: 'done',
  failed: 'failed',
  incomplete: 'failed',
  budget_exceeded: 'failed',
  requires_action: 'failed',
  cancelled: 'failed',
};

/** What Omni is told to do; modes that are not here it does not have. */
export const TASKS: Readonly<Partial<Record<ModeName, string>>> = {
  text: 'text_to_video',
  first_frame: 'image_to_video',
  reference: 'reference_to_video',
  edit: 'edit',
  extend: 'extend',
  upscale: 'upscale',
};

/** Tasks whose video is as long as the one they begin with. */
export const LENGTH_OF_SOURCE: readonly ModeName[] = ['edit', 'upscale'];

/** Where Veo is given its inputs; reference images stand in a list. */
export const PLACES: Readonly<Partial<Record<InputRole, string>>> = {
  first_frame: 'image',
  last_frame: 'lastFrame',
  source_video: 'video',
};

export const RATIOS: readonly string[] = ['16:9', '9:16'];

/** Keys that only the client can fill, and what they are called among the `parameters`. */
export const PASSED_ON: Readonly<Record<string, string>> = {
  person_generation: 'personGeneration',
  enhance_prompt: 'enhancePrompt',
};
export const PASSED_ON_TO_VERTEX: Readonly<Record<string, string>> = {
  ...PASSED_ON,
  resize_mode: 'resizeMode',
  compression_quality: 'compressionQuality',
};

/** How other APIs of the same models spell these values. */
export const SPELLINGS: Readonly<Record<string, string | boolean>> = {
  AllowAdult: 'allow_adult',
  Disallowed: 'dont_allow',
  Enabled: true,
  Disabled: false,
};
