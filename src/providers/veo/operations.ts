/** Veo's long-running predictions: one shape on Vertex AI and on the Gemini API, with small differences. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { CheckResult, OutputSource, ProviderIo } from '../provider.ts';
import { base64Of, vendorFailure } from '../replies.ts';
import { taskFailure } from './errors.ts';
import { PASSED_ON, PASSED_ON_TO_VERTEX, PLACES, RATIOS, SPELLINGS } from './tables.ts';

export type Api = 'vertex' | 'gemini';

const SHA256 = /^[0-9a-f]{64}$/;

/** Members of an operation that hold whole videos. */
export const VIDEO_BYTES = ['bytesBase64Encoded', 'encodedVideo'] as const;

export async function createBody(spec: VideoSpec, api: Api, io: ProviderIo): Promise<JsonObject> {
  const isVertex = api === 'vertex';
  const vendor = Object.entries(isVertex ? PASSED_ON_TO_VERTEX : PASSED_ON).flatMap(([ours, theirs]) => {
    const value = property(spec.vendor, ours);
    return value === undefined ? [] : [[theirs, spelled(value)] as const];
  });
  return {
    instances: [{ ...(spec.prompt === null ? {} : { prompt: spec.prompt }), ...(await inputsOf(spec, api, io)) }],
    parameters: {
      sampleCount: 1,
      durationSeconds: spec.seconds,
      resolution: spec.resolution,
      ...(RATIOS.includes(spec.ratio) ? { aspectRatio: spec.ratio } : {}),
      ...(spec.negativePrompt === null ? {} : { negativePrompt: spec.negativePrompt }),
      ...(spec.seed === null ? {} : { seed: spec.seed }),
      ...(isVertex ? { generateAudio: spec.audio } : {}),
      ...Object.fromEntries(vendor),
    },
    ...(isVertex ? { labels: { attempt: io.attemptToken } } : {}),
  };
}

function spelled(value: Json): Json {
  return typeof value === 'string' ? (property(SPELLINGS, value) ?? value) : value;
}

async function inputsOf({ inputs }: VideoSpec, api: Api, io: ProviderIo): Promise<JsonObject> {
  const placed: [string, Json][] = [];
  const references: Json[] = [];
  for (const input of inputs) {
    const place = PLACES[input.role];
    const file = await fileOf(input, api, io);
    if (place === undefined) references.push({ image: file, referenceType: 'asset' });
    else placed.push([place, file]);
  }
  return { ...Object.fromEntries(placed), ...(references.length === 0 ? {} : { referenceImages: references }) };
}

/** Neither takes addresses that are not Google's own. */
async function fileOf(input: SpecInput, api: Api, io: ProviderIo): Promise<JsonObject> {
  const base64 = await base64Of(input, io);
  return api === 'gemini' && input.role === 'source_video'
    ? { encodedVideo: base64, encoding: input.mime }
    : { bytesBase64Encoded: base64, mimeType: input.mime };
}

/** What an operation says. Throws for one that is not `name`, or says nothing definite. */
export function operationResult(operation: JsonObject, name: string): CheckResult {
  if ((property(operation, 'name') ?? name) !== name) throw new Error('the vendor answered for another task');
  if (property(operation, 'done') !== true) return { kind: 'waiting', progress: null, checkAfterMs: null };
  const error = property(operation, 'error');
  if (isObject(error)) return { kind: 'failed', failure: taskFailure(error) };
  const response = property(operation, 'response');
  const holders = isObject(response) ? [response, objectAt(response, 'generateVideoResponse')] : [];
  const video = holders
    .flatMap(videosIn)
    .map(sourceOf)
    .find((source) => source !== null);
  if (video !== undefined) return { kind: 'done', video, usage: { seconds: null, tokens: null } };
  const reasons = holders.flatMap(filterReasons);
  if (reasons.length === 0) throw new Error('the vendor says that the video is done, but not where it is');
  return { kind: 'failed', failure: vendorFailure('content_rejected', `filtered: ${reasons.join(' ')}`) };
}

/** Under each of the names by which Google and those who resell it have given videos. */
function videosIn(holder: JsonObject): readonly JsonObject[] {
  const lists = ['videos', 'generatedSamples', 'generatedVideos'].flatMap((name) => property(holder, name) ?? []);
  const items = [...lists, property(holder, 'video') ?? null, holder].filter(isObject);
  return items.map((item) => {
    const video = property(item, 'video');
    return isObject(video) ? video : item;
  });
}

/** The bytes were taken out of the answer as it came. */
function sourceOf(video: JsonObject): OutputSource | null {
  const sha256 = VIDEO_BYTES.map((name) => property(video, name)).find((value) => SHA256.test(String(value)));
  if (typeof sha256 === 'string') return { from: 'storage', sha256 };
  const url = property(video, 'uri');
  return typeof url === 'string' && /^https?:\/\//.test(url) ? { from: 'url', url, withCredential: true } : null;
}

function filterReasons(holder: JsonObject): readonly string[] {
  const reasons = property(holder, 'raiMediaFilteredReasons');
  if (Array.isArray(reasons) && reasons.length > 0) return reasons.map(String);
  return Number(property(holder, 'raiMediaFilteredCount') ?? 0) > 0 ? ['without a reason'] : [];
}

function objectAt(holder: JsonObject, name: string): JsonObject {
  const value = property(holder, name);
  return isObject(value) ? value : {};
}
