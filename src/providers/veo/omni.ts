/** Gemini Omni's interactions, which succeeded Veo on the Gemini API. */

import { FailureError } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { CheckResult, OutputSource, ProviderIo, Usage } from '../provider.ts';
import { base64Of, isTaskId, vendorFailure } from '../replies.ts';
import { taskFailure } from './errors.ts';
import { INTERACTION_STATES, LENGTH_OF_SOURCE, RATIOS, TASKS } from './tables.ts';

const SHA256 = /^[0-9a-f]{64}$/;

/** Members of an interaction that hold whole videos. */
export const CONTENT_BYTES = ['data'] as const;

export async function interactionBody(spec: VideoSpec, model: string, io: ProviderIo): Promise<JsonObject> {
  const task = TASKS[spec.mode];
  if (task === undefined)
    throw new FailureError({ kind: 'channel_unfit', message: `Gemini Omni does not offer ${spec.mode}.` });
  const before = await interactionBefore(spec, io);
  return {
    model,
    background: true,
    store: true,
    ...(before === null ? {} : { previous_interaction_id: before }),
    input: await contents(spec, before !== null, io),
    response_format: {
      type: 'video',
      delivery: 'uri',
      ...(RATIOS.includes(spec.ratio) && !LENGTH_OF_SOURCE.includes(spec.mode) ? { aspect_ratio: spec.ratio } : {}),
      resolution: spec.resolution,
      ...(LENGTH_OF_SOURCE.includes(spec.mode) ? {} : { duration: `${spec.seconds}s` }),
    },
    generation_config: { video_config: { task } },
    ...(io.callbackUrl === null
      ? {}
      : { webhook_config: { uris: [io.callbackUrl], user_metadata: { attempt: io.attemptToken } } }),
  };
}

/** The interaction in which Omni made the source video: then the video need not be sent to it. */
async function interactionBefore({ inputs }: VideoSpec, io: ProviderIo): Promise<string | null> {
  const jobId = inputs.find(({ role }) => role === 'source_video')?.jobId ?? null;
  const task = jobId === null ? null : await io.taskOf(jobId);
  return task !== null && isTaskId(task.id) ? task.id : null;
}

async function contents({ inputs, prompt }: VideoSpec, knowsSource: boolean, io: ProviderIo): Promise<readonly Json[]> {
  const items: Json[] = [];
  for (const input of inputs) {
    if (knowsSource && input.role === 'source_video') continue;
    const [type = 'image'] = input.mime.split('/');
    items.push({ type, data: await base64Of(input, io), mime_type: input.mime });
  }
  return prompt === null ? items : [...items, { type: 'text', text: prompt }];
}

/** What an interaction says. Throws for one that is not `id`, or says nothing definite. */
export function interactionResult(interaction: JsonObject, id: string): CheckResult {
  if (property(interaction, 'id') !== id) throw new Error('the vendor answered for another task');
  const state = property(interaction, 'status');
  if (typeof state !== 'string') throw new Error('the vendor did not say how the task is');
  switch (property(INTERACTION_STATES, state)) {
    case 'done': {
      const items = contentsIn(interaction);
      const video = items.map(sourceOf).find((source) => source !== null);
      if (video !== undefined) return { kind: 'done', video, usage: usageIn(interaction) };
      // Omni declines in words, and calls that completed.
      const said = items.map((item) => property(item, 'text')).filter((text) => typeof text === 'string');
      if (said.length === 0) throw new Error('the vendor says that the video is done, but not where it is');
      return { kind: 'failed', failure: vendorFailure('content_rejected', said.join(' ')) };
    }
    case 'failed': {
      const error = property(interaction, 'error');
      return {
        kind: 'failed',
        failure: isObject(error) ? taskFailure(error) : vendorFailure('generation_failed', state),
      };
    }
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

function contentsIn(interaction: JsonObject): readonly JsonObject[] {
  const steps = property(interaction, 'steps');
  const contents = (Array.isArray(steps) ? steps : [])
    .filter(isObject)
    .flatMap((step) => property(step, 'content') ?? [])
    .filter(isObject);
  const shortcut = property(interaction, 'output_video');
  return isObject(shortcut) ? [...contents, { type: 'video', ...shortcut }] : contents;
}

/** The bytes were taken out of the answer as it came. */
function sourceOf(content: JsonObject): OutputSource | null {
  if (property(content, 'type') !== 'video') return null;
  const [sha256, url] = [property(content, 'data'), property(content, 'uri')];
  if (typeof sha256 === 'string' && SHA256.test(sha256)) return { from: 'storage', sha256 };
  return typeof url === 'string' && /^https?:\/\//.test(url) ? { from: 'url', url, withCredential: true } : null;
}

/** Tokens of the video alone: they are what the price is of. */
function usageIn(interaction: JsonObject): Usage {
  const usage = property(interaction, 'usage');
  const parts = isObject(usage) ? property(usage, 'output_tokens_by_modality') : undefined;
  const video = (Array.isArray(parts) ? parts : [])
    .filter(isObject)
    .find((part) => String(property(part, 'modality')).toLowerCase() === 'video');
  const tokens = video === undefined ? undefined : property(video, 'tokens');
  const isCount = typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens > 0;
  return { seconds: null, tokens: isCount ? BigInt(tokens) : null };
}
