/** The fields that mean the same in every request of Vidu's API that has them. */

import { Type } from 'typebox';
import type { TSchema } from 'typebox';

import type { Json } from '../../model/json.ts';
import type { VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { map, readBoolean, readChoice, readInteger, readRaw, readText, wrongType } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { take } from '../findings.ts';
import type { Findings } from '../findings.ts';

/** A field with a word of our own. */
type CanonicalField = { readonly schema: TSchema; read(top: Place, into: Findings): Partial<VideoRequest> };
/** A field that passes to the vendor under its own name. */
type VendorField = { readonly schema: TSchema; read(top: Place): Field<Json> };

const MAX_PAYLOAD_CHARS = 1_048_576;
const MODEL = Type.String({ description: 'A model, or a bundled name that fixes some of its fields' });

export const CANONICAL_FIELDS = {
  model: {
    schema: MODEL,
    read: (top, into) => ({ model: take(into, 'model', [readText(top, 'model')]) ?? '' }),
  },
  prompt: {
    schema: Type.String(),
    read: (top, into) => ({ prompt: take(into, 'prompt', [readText(top, 'prompt')]) }),
  },
  duration: {
    schema: Type.Integer({ minimum: 1, description: 'Length in seconds' }),
    read: (top, into) => ({ seconds: take(into, 'seconds', [readInteger(top, 'duration')]) }),
  },
  seed: {
    schema: Type.Integer({ description: '0, as none, is a different one each time' }),
    read: (top, into) => ({ seed: take(into, 'seed', [map(readInteger(top, 'seed'), seedOf)]) }),
  },
  resolution: {
    schema: Type.String({ examples: ['540p', '720p', '1080p'] }),
    read: (top, into) => ({ resolution: take(into, 'resolution', [readText(top, 'resolution')]) }),
  },
  upscale_resolution: {
    schema: Type.String({ examples: ['1080p', '2K', '4K', '8K'] }),
    read: (top, into) => ({ resolution: take(into, 'resolution', [readText(top, 'upscale_resolution')]) }),
  },
  aspect_ratio: {
    schema: Type.String({ examples: ['16:9', '9:16', '1:1', '4:3', '3:4', 'auto'] }),
    read: (top, into) => ({ ratio: take(into, 'ratio', [readText(top, 'aspect_ratio')]) }),
  },
  bgm: {
    schema: Type.Boolean({ description: 'Background music' }),
    read: (top, into) => ({ bgm: take(into, 'bgm', [readBoolean(top, 'bgm')]) }),
  },
  audio: {
    schema: Type.Boolean({ description: 'Speech and sound' }),
    read: (top, into) => ({ audio: take(into, 'audio', [readBoolean(top, 'audio')]) }),
  },
  off_peak: {
    schema: Type.Boolean({ description: 'Cheaper, within 48 hours' }),
    read: (top, into) => ({ offPeak: take(into, 'offPeak', [readBoolean(top, 'off_peak')]) }),
  },
  watermark: {
    schema: Type.Boolean(),
    read: (top, into) => ({ watermark: take(into, 'watermark', [readBoolean(top, 'watermark')]) }),
  },
  payload: {
    schema: Type.String({ maxLength: MAX_PAYLOAD_CHARS, description: 'Given back unread' }),
    read: (top, into) => ({ payload: take(into, 'payload', [map(readText(top, 'payload'), payloadOf)]) }),
  },
  callback_url: {
    schema: Type.String({ description: 'Told when the task has ended' }),
    read: (top, into) => ({ callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]) }),
  },
} as const satisfies Record<string, CanonicalField>;

const STYLES = ['general', 'anime'] as const;
const AMPLITUDES = ['auto', 'small', 'medium', 'large'] as const;
const AUDIO_TYPES = ['all', 'speech_only', 'sound_effect_only'] as const;
const STORIES = ['love_story', 'workday_feels', 'monkey_king', 'pigsy', 'monk_tang', 'one_shot'] as const;
/** Older pages number the corners clockwise from the first. */
const CORNERS: readonly Json[] = [1, 2, 3, 4, 'top_left', 'top_right', 'bottom_right', 'bottom_left'];

const text = (description: string) => Type.String({ description });
const words = (choices: readonly string[]) => Type.Union(choices.map((choice) => Type.Literal(choice)));

export const VENDOR_FIELDS = {
  style: { schema: words(STYLES), read: (top) => readChoice(top, 'style', STYLES) },
  movement_amplitude: { schema: words(AMPLITUDES), read: (top) => readChoice(top, 'movement_amplitude', AMPLITUDES) },
  audio_type: { schema: words(AUDIO_TYPES), read: (top) => readChoice(top, 'audio_type', AUDIO_TYPES) },
  voice_id: { schema: text('Who speaks'), read: (top) => readText(top, 'voice_id') },
  is_rec: {
    schema: Type.Boolean({ description: 'The vendor writes the prompt' }),
    read: (top) => readBoolean(top, 'is_rec'),
  },
  auto_subjects: {
    schema: Type.Boolean({ description: 'The vendor finds the subjects' }),
    read: (top) => readBoolean(top, 'auto_subjects'),
  },
  wm_position: {
    schema: Type.Union([Type.Integer({ minimum: 1, maximum: 4 }), words(CORNERS.slice(4).map(String))]),
    read: (top) => readCorner(top, 'wm_position'),
  },
  wm_url: { schema: text('The picture of the watermark'), read: (top) => readText(top, 'wm_url') },
  meta_data: { schema: text('JSON of the marks of AI-made content'), read: (top) => readText(top, 'meta_data') },
  client_request_id: { schema: text('Given back unread'), read: (top) => readText(top, 'client_request_id') },
  template: { schema: text('The name of an effect'), read: (top) => readText(top, 'template') },
  story: { schema: words(STORIES), read: (top) => readChoice(top, 'story', STORIES) },
  speed: {
    schema: Type.Number({ minimum: 0.5, maximum: 2, description: 'Of the speech; 1 is usual' }),
    read: (top) => readNumber(top, 'speed', 0.5, 2),
  },
  volume: {
    schema: Type.Number({ minimum: 0, maximum: 10, description: 'Of the speech' }),
    read: (top) => readNumber(top, 'volume', 0, 10),
  },
  voice: { schema: text('Who speaks'), read: (top) => readText(top, 'voice') },
  character_id: { schema: text('Who speaks'), read: (top) => readText(top, 'character_id') },
  language: { schema: text('Of the text'), read: (top) => readText(top, 'language') },
  ref_photo_url: { schema: text('Whose face speaks'), read: (top) => readText(top, 'ref_photo_url') },
} as const satisfies Record<string, VendorField>;

export type FieldName = keyof typeof CANONICAL_FIELDS | keyof typeof VENDOR_FIELDS;

export function isVendorField(name: FieldName): name is keyof typeof VENDOR_FIELDS {
  return Object.hasOwn(VENDOR_FIELDS, name);
}

/** Vidu draws lots where the seed is 0. */
function seedOf(value: number, param: string): Field<number> {
  return value === 0 ? { kind: 'absent' } : { kind: 'value', value, param };
}

function payloadOf(value: string, param: string): Field<string> {
  if (value.length <= MAX_PAYLOAD_CHARS) return { kind: 'value', value, param };
  const allowed = { min: 0, max: MAX_PAYLOAD_CHARS, unit: 'characters' };
  const subject = { en: `${value.length} characters`, zh: `${value.length} 个字符` };
  return { kind: 'violation', violation: violation('too_long', param, null, allowed, subject) };
}

function readCorner(top: Place, key: string): Field<Json> {
  return map(readRaw(top, key), (value, param) => {
    if (CORNERS.includes(value)) return { kind: 'value', value, param };
    const subject = { en: 'this API', zh: '本接口' };
    return { kind: 'violation', violation: violation('not_offered', param, value, { values: CORNERS }, subject) };
  });
}

function readNumber(top: Place, key: string, min: number, max: number): Field<number> {
  return map(readRaw(top, key), (value, param) => {
    if (typeof value !== 'number') return wrongType(param, value, { en: 'a number', zh: '数字' });
    if (value >= min && value <= max) return { kind: 'value', value, param };
    return { kind: 'violation', violation: violation('out_of_range', param, value, { min, max }) };
  });
}
