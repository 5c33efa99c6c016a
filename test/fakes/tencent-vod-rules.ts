/** What the pages of Tencent Cloud VOD say of a CreateAigcVideoTask, as checks that answer the page's error code. */

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

/** `Code` and `Message` of `Response.Error`. */
export type Fault = readonly [code: string, message: string];

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  Kling: ['1.6', '2.0', '2.1', '2.5', '2.6', 'O1', '3.0', '3.0-Omni'],
  Vidu: ['q2', 'q2-pro', 'q2-turbo', 'q3', 'q3-pro', 'q3-turbo', 'q3-mix'],
  Hailuo: ['02', '2.3', '2.3-fast', 'H3'],
  GV: ['3.1', '3.1-fast'],
  OS: ['2.0'],
  Hunyuan: ['1.5'],
  Mingmou: ['1.0'],
  PixVerse: ['v5.6', 'v6', 'c1'],
  Seedance: ['1.0-pro', '1.0-pro-fast', '1.0-lite-i2v', '1.5-pro'],
  Jimeng: ['3.0pro'],
};
const range = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const DURATIONS: Readonly<Record<string, readonly number[]>> = {
  Kling: range(3, 15),
  Hailuo: [6, 10],
  'Hailuo/H3': range(4, 15),
  Vidu: range(1, 16),
  GV: [8],
  OS: [4, 8, 12],
  PixVerse: range(1, 15),
};
const RESOLUTIONS: Readonly<Record<string, readonly string[]>> = {
  Kling: ['720P', '1080P', '2K', '4K'],
  Hailuo: ['768P', '1080P', '2K', '4K'],
  Vidu: ['540P', '720P', '1080P'],
  GV: ['720P', '1080P', '4K'],
  OS: ['720P'],
  PixVerse: ['540p', '720p', '1080p', '2k', '4k'],
};
const RATIOS: Readonly<Record<string, readonly string[]>> = {
  Kling: ['16:9', '9:16', '1:1'],
  Vidu: ['16:9', '9:16', '1:1', '4:3', '3:4'],
  GV: ['16:9', '9:16'],
  OS: ['16:9', '9:16'],
  PixVerse: ['16:9', '4:3', '1:1', '3:4', '9:16', '2:3', '3:2', '21:9'],
  Hailuo: [],
  'Hailuo/H3': ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'],
};
/** Makers that take the size as fields of their own. */
const OWN_SIZE = new Set(['Jimeng', 'Mingmou', 'Hunyuan']);
const SCENES: Readonly<Record<string, readonly string[]>> = {
  Kling: ['motion_control', 'avatar_i2v', 'lip_sync'],
  Vidu: ['template_effect'],
};
const MAX_FILES: Readonly<Record<string, number>> = { Kling: 7, Vidu: 7, 'Hailuo/H3': 12, PixVerse: 7 };
const USUAL_MAX_FILES = 3;
const MAX_DATA_BYTES = 7 * 1024 * 1024;

const FIELDS = [
  'SubAppId',
  'ModelName',
  'ModelVersion',
  'FileInfos',
  'SubjectInfos',
  'LastFrameFileId',
  'LastFrameUrl',
  'Prompt',
  'NegativePrompt',
  'EnhancePrompt',
  'OutputConfig',
  'InputRegion',
  'SceneType',
  'Procedure',
  'Seed',
  'SessionId',
  'SessionContext',
  'TasksPriority',
  'ExtInfo',
];
const OUTPUT_FIELDS = [
  'StorageMode',
  'MediaName',
  'ClassId',
  'ExpireTime',
  'Duration',
  'Resolution',
  'AspectRatio',
  'AudioGeneration',
  'PersonGeneration',
  'InputComplianceCheck',
  'OutputComplianceCheck',
  'EnhanceSwitch',
  'OffPeak',
  'FrameInterpolate',
  'LogoAdd',
  'EnableBGM',
];
const FILE_FIELDS = [
  'Type',
  'Category',
  'FileId',
  'Url',
  'Base64',
  'ReferenceType',
  'ObjectId',
  'VoiceId',
  'KeepOriginalSound',
  'Usage',
  'Text',
];
const SUBJECT_FIELDS = ['Id', 'Name', 'VoiceId', 'ImageUrls', 'VideoUrls'];
const TOGGLES = [
  'AudioGeneration',
  'InputComplianceCheck',
  'OutputComplianceCheck',
  'EnhanceSwitch',
  'OffPeak',
  'FrameInterpolate',
  'LogoAdd',
  'EnableBGM',
];

/** The first fault of a create; null if it is as the pages say. `sessions` are those that a face search has given. */
export function faultOf(body: JsonObject, sessions: ReadonlySet<string>): Fault | null {
  const model = String(body['ModelName']);
  const version = String(body['ModelVersion']);
  const named = <T>(table: Readonly<Record<string, T>>): T | undefined => table[`${model}/${version}`] ?? table[model];
  const files = listOf(body['FileInfos']);
  const scene = body['SceneType'];
  return firstOf([
    () => unknownField(body, FIELDS),
    () => (VERSIONS[model]?.includes(version) === true ? null : invalid(`ModelName ${model} ${version} is invalid`)),
    () => textFault(body),
    () => promptFault(body, files),
    () => filesFault(files, named(MAX_FILES) ?? USUAL_MAX_FILES),
    () => framesFault(body, files),
    () => subjectsFault(model, listOf(body['SubjectInfos'])),
    () => outputFault(body['OutputConfig'], named(DURATIONS), named(RESOLUTIONS), named(RATIOS), OWN_SIZE.has(model)),
    () =>
      scene === undefined || SCENES[model]?.includes(String(scene)) === true
        ? null
        : invalid(`SceneType ${String(scene)}`),
    () => sceneFault(String(scene ?? ''), files, body['ExtInfo'], sessions),
  ]);
}

function firstOf(checks: readonly (() => Fault | null)[]): Fault | null {
  for (const check of checks) {
    const fault = check();
    if (fault !== null) return fault;
  }
  return null;
}

function invalid(message: string): Fault {
  return ['InvalidParameterValue', message];
}

function unknownField(object: JsonObject, known: readonly string[]): Fault | null {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  return unknown === undefined ? null : ['UnknownParameter', `The parameter ${unknown} is not recognized`];
}

function textFault(body: JsonObject): Fault | null {
  for (const key of [
    'ModelName',
    'ModelVersion',
    'Prompt',
    'NegativePrompt',
    'SessionId',
    'SessionContext',
    'ExtInfo',
  ]) {
    if (body[key] !== undefined && typeof body[key] !== 'string') return ['InvalidParameter', `${key} is no string`];
  }
  if (body['Seed'] !== undefined && !Number.isInteger(body['Seed'])) return ['InvalidParameter', 'Seed is no integer'];
  if (String(body['SessionId'] ?? '').length > 50) return ['InvalidParameterValue.SessionIdTooLong', 'SessionId'];
  if (String(body['SessionContext'] ?? '').length > 1_000)
    return ['InvalidParameterValue.SessionContextTooLong', 'SessionContext'];
  if (!['Mainland', 'Oversea', undefined].includes(body['InputRegion'] as string)) return invalid('InputRegion');
  return [undefined, 'Enabled', 'Disabled'].includes(body['EnhancePrompt'] as string) ? null : invalid('EnhancePrompt');
}

function promptFault(body: JsonObject, files: readonly JsonObject[]): Fault | null {
  const isNeeded = files.length === 0 && body['SceneType'] === undefined && body['SubjectInfos'] === undefined;
  return isNeeded && !body['Prompt'] ? ['MissingParameter', 'Prompt'] : null;
}

function filesFault(files: readonly JsonObject[], most: number): Fault | null {
  if (files.length > most) return invalid(`at most ${most} FileInfos`);
  let bytes = 0;
  for (const file of files) {
    const unknown = unknownField(file, FILE_FIELDS);
    if (unknown !== null) return unknown;
    if (!['Image', 'Video', 'Audio'].includes(String(file['Category']))) return invalid('FileInfos.Category');
    if (![undefined, 'FirstFrame', 'LastFrame', 'Reference'].includes(file['Usage'] as string))
      return invalid('FileInfos.Usage');
    switch (file['Type']) {
      case 'Url':
        if (!/^https?:\/\//.test(String(file['Url']))) return ['InvalidParameterValue.Url', 'FileInfos.Url'];
        break;
      case 'Base64':
        if (!/^[A-Za-z0-9+/]+=*$/.test(String(file['Base64']))) return invalid('FileInfos.Base64');
        bytes += Buffer.byteLength(String(file['Base64']), 'base64');
        break;
      default:
        return invalid('FileInfos.Type');
    }
  }
  return bytes > MAX_DATA_BYTES ? invalid('the files are larger than 7 MB') : null;
}

function framesFault(body: JsonObject, files: readonly JsonObject[]): Fault | null {
  const count = (usage: string): number => files.filter((file) => file['Usage'] === usage).length;
  const first = files.filter(
    (file) => (file['Usage'] ?? 'FirstFrame') === 'FirstFrame' && file['Category'] === 'Image',
  );
  if (count('FirstFrame') > 1 || count('LastFrame') > 1) return invalid('more than one first or last frame');
  const hasLast = count('LastFrame') === 1 || body['LastFrameUrl'] !== undefined;
  if (count('LastFrame') === 1 && body['LastFrameUrl'] !== undefined) return invalid('two last frames');
  return hasLast && first.length === 0 ? invalid('a last frame needs a first one') : null;
}

function subjectsFault(model: string, subjects: readonly JsonObject[]): Fault | null {
  for (const subject of subjects) {
    const unknown = unknownField(subject, SUBJECT_FIELDS);
    if (unknown !== null) return unknown;
    const needed = model === 'Kling' ? 'Id' : 'Name';
    if (!subject[needed]) return ['MissingParameter', `SubjectInfos.${needed}`];
    const images = textsOf(subject['ImageUrls']);
    const videos = textsOf(subject['VideoUrls']);
    if (images.length > 3 || videos.length > 1) return invalid('too many files of a subject');
    if ([...images, ...videos].some((url) => !/^https?:\/\//.test(url)))
      return ['InvalidParameterValue.Url', 'SubjectInfos'];
  }
  return null;
}

function outputFault(
  config: Json | undefined,
  durations: readonly number[] | undefined,
  resolutions: readonly string[] | undefined,
  ratios: readonly string[] | undefined,
  ownSize: boolean,
): Fault | null {
  if (config === undefined) return null;
  if (!isObject(config)) return ['InvalidParameter', 'OutputConfig is no object'];
  const unknown = unknownField(config, OUTPUT_FIELDS);
  if (unknown !== null) return unknown;
  const { Duration, Resolution, AspectRatio, StorageMode } = config;
  if (!['Temporary', 'Permanent', undefined].includes(StorageMode as string)) return invalid('StorageMode');
  if (Duration !== undefined && (typeof Duration !== 'number' || durations?.includes(Duration) === false))
    return invalid(`Duration ${String(Duration)}`);
  if (ownSize && (Resolution ?? AspectRatio) !== undefined)
    return ['InvalidParameterValue.Resolution', 'the model takes its size otherwise'];
  if (Resolution !== undefined && resolutions?.includes(String(Resolution)) === false)
    return ['InvalidParameterValue.Resolution', String(Resolution)];
  if (AspectRatio !== undefined && ratios?.includes(String(AspectRatio)) === false)
    return invalid(`AspectRatio ${String(AspectRatio)}`);
  for (const key of TOGGLES) {
    if (![undefined, 'Enabled', 'Disabled'].includes(config[key] as string)) return invalid(key);
  }
  return null;
}

function sceneFault(
  scene: string,
  files: readonly JsonObject[],
  extInfo: Json | undefined,
  sessions: ReadonlySet<string>,
): Fault | null {
  const fields = additionalParameters(extInfo);
  if (fields === null) return invalid('ExtInfo is not doubly encoded JSON');
  const categories = files.map((file) => file['Category']).join();
  switch (scene) {
    case 'motion_control':
      return categories === 'Video,Image' ? null : invalid('motion_control takes a video and an image');
    case 'avatar_i2v': {
      const voices = [fields['sound_file'], fields['audio_id']].filter((voice) => voice !== undefined);
      return categories === 'Image' && voices.length === 1 ? null : invalid('avatar_i2v takes an image and one voice');
    }
    case 'lip_sync': {
      const [face] = listOf(fields['face_choose']);
      const isWhole = face?.['face_id'] !== undefined && face['sound_end_time'] !== undefined;
      if (files.length > 0 || !isWhole) return invalid('lip_sync takes a face and no files');
      return sessions.has(String(fields['session_id'])) ? null : invalid('session_id has expired');
    }
    case 'template_effect':
      return typeof fields['template'] === 'string' ? null : ['MissingParameter', 'template'];
    default:
      return null;
  }
}

function additionalParameters(extInfo: Json | undefined): JsonObject | null {
  if (extInfo === undefined) return {};
  try {
    const outer = JSON.parse(String(extInfo)) as JsonObject;
    const inner: unknown = JSON.parse(String(outer['AdditionalParameters'] ?? '{}'));
    return isObject(inner) ? inner : null;
  } catch {
    return null;
  }
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
