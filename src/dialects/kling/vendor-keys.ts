/** Keys that only Kling's own models know: checked for what the reference says of them, and passed on as they are. */

import type { Json, JsonObject } from '../../model/json.ts';
import { violation } from '../../model/violation.ts';
import {
  EXPECTED,
  map,
  readBoolean,
  readChoice,
  readPlace,
  readRaw,
  readText,
  storageFault,
  wrongType,
} from '../fields.ts';
import type { Expected, Field, Place } from '../fields.ts';
import { prefer } from '../findings.ts';
import type { Findings } from '../findings.ts';

type Check = (at: Place, key: string) => Field<Json>;

/** A longer value is a file, which belongs behind a URL. */
const MAX_VALUE_CHARS = 20_000;
const EXPECTED_NUMBER: Expected = { en: 'a number', zh: '数字' };

const CAMERA_TYPES = ['simple', 'down_back', 'forward_up', 'right_turn_forward', 'left_turn_forward'];
const CAMERA_MOVES = ['horizontal', 'vertical', 'pan', 'tilt', 'roll', 'zoom'];
const CAMERA_SPEED = { min: -10, max: 10 } as const;

const CHECKS: Readonly<Record<string, Check>> = {
  cfg_scale: numberIn(0, 1),
  camera_control: readCamera,
  static_mask: readText,
  dynamic_masks: listOf(6),
  multi_shot: (at, key) => readBoolean(at, key),
  shot_type: oneOf(['customize', 'intelligence']),
  element_list: listOf(7),
  voice_list: listOf(2),
  character_orientation: oneOf(['image', 'video']),
  keep_original_sound: oneOf(['yes', 'no']),
  effect_scene: readText,
  audio_id: readText,
  session_id: readText,
  text: readText,
  voice_id: readText,
  voice_language: oneOf(['zh', 'en']),
  voice_speed: numberIn(0.8, 2),
};

/** Those of `keys` that are the vendor's and were given. */
export function readVendor(at: Place, keys: readonly string[], into: Findings): JsonObject {
  const found: Record<string, Json> = {};
  for (const key of keys) {
    const check = CHECKS[key];
    const field = check === undefined ? null : prefer(into, [map(check(at, key), storable)]);
    if (field !== null) found[key] = field.value;
  }
  return found;
}

/** A value that may be kept with the job. */
export function storable(value: Json, param: string): Field<Json> {
  const chars = JSON.stringify(value).length;
  const subject = { en: `${chars} characters; give files as URLs`, zh: `${chars} 个字符;文件请使用网址` };
  const fault =
    chars > MAX_VALUE_CHARS
      ? violation('too_long', param, null, { min: 0, max: MAX_VALUE_CHARS, unit: 'characters' }, subject)
      : storageFault(value, param);
  return fault === null ? { kind: 'value', value, param } : { kind: 'violation', violation: fault };
}

function oneOf(words: readonly string[]): Check {
  return (at, key) => readChoice(at, key, words);
}

function numberIn(min: number, max: number): Check {
  return (at, key) =>
    map(readRaw(at, key), (value, param) => {
      if (typeof value !== 'number') return wrongType(param, value, EXPECTED_NUMBER);
      if (value >= min && value <= max) return { kind: 'value', value, param };
      return { kind: 'violation', violation: violation('out_of_range', param, value, { min, max }) };
    });
}

function listOf(max: number): Check {
  return (at, key) =>
    map(readRaw(at, key), (value, param) => {
      if (!Array.isArray(value)) return wrongType(param, value, EXPECTED.list);
      if (value.length === 0) return { kind: 'absent' };
      if (value.length <= max) return { kind: 'value', value, param };
      const fault = violation('too_many', param, value.length, { min: 0, max, unit: 'items' });
      return { kind: 'violation', violation: fault };
    });
}

/** A move of the camera by name, or `simple` with speeds of -10 to 10. */
function readCamera(at: Place, key: string): Field<Json> {
  return map(readPlace(at, key), (camera, param) => {
    const type = readChoice(camera, 'type', CAMERA_TYPES);
    const config = map(readPlace(camera, 'config'), (moves) => {
      const speed = numberIn(CAMERA_SPEED.min, CAMERA_SPEED.max);
      const faults = CAMERA_MOVES.map((move) => speed(moves, move)).filter((field) => field.kind === 'violation');
      return faults[0] ?? { kind: 'value', value: moves.object, param };
    });
    if (type.kind === 'violation') return type;
    if (config.kind === 'violation') return config;
    if (type.kind === 'value') return { kind: 'value', value: camera.object, param };
    return { kind: 'violation', violation: violation('missing', `${param}.type`, null) };
  });
}
