/** The body of CreateAigcVideoTask. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { objectIn } from '../replies.ts';
import { inputFields, promptWithSubjects, soundFile, unfit } from './inputs.ts';
import { MODES, modelWire, OUTPUT_KEYS, REQUEST_KEYS } from './tables.ts';
import type { ModelWire } from './tables.ts';

/** Without the application's id. `speech` is what a lip sync says to which face; empty for all else. */
export async function createBody(
  spec: VideoSpec,
  upstream: JsonObject,
  speech: JsonObject,
  io: ProviderIo,
): Promise<JsonObject> {
  const mode = modeWire(spec);
  const { model, version } = modelOf(spec, upstream);
  const wire = modelWire(model, version);
  const vendor = vendorKeys(spec, upstream);
  const inputs = await inputFields(spec, wire, vendor, io);
  return present({
    ModelName: model,
    ModelVersion: version,
    Prompt: promptWithSubjects(spec.prompt, inputs.SubjectInfos),
    NegativePrompt: spec.negativePrompt,
    ...inputs,
    OutputConfig: outputConfig(spec, wire, vendor),
    SceneType: mode.sceneType,
    Seed: spec.seed,
    ...placed(vendor, REQUEST_KEYS),
    SessionId: io.attemptToken,
    // Comes back with the application's event, which has no other way to say what it is about.
    SessionContext: io.callbackUrl,
    ExtInfo: extInfo(spec, vendor, { ...ownFields(spec, wire), ...(await speechOf(spec, speech, io)) }),
  });
}

/** Throws for what this vendor has no wire for. */
export function modeWire(spec: VideoSpec) {
  const mode = MODES[spec.mode];
  if (mode === undefined) throw unfit(`The provider of this model has no '${spec.mode}'.`);
  return mode;
}

/**
 * The catalogue says a model's name and version apart, and the version by mode where modes differ; a channel's own name for
 * it is `Name-version`.
 */
export function modelOf(spec: VideoSpec, upstream: JsonObject): { model: string; version: string } {
  const { name, model, versions } = upstream;
  const version = (isObject(versions) ? property(versions, spec.mode) : undefined) ?? upstream['version'] ?? '';
  if (typeof name !== 'string' && typeof model === 'string') return { model, version: String(version) };
  const [first = '', ...rest] = (typeof name === 'string' ? name : spec.model).split('-');
  return { model: first, version: rest.length === 0 ? String(version) : rest.join('-') };
}

/** The operator's for this channel (`upstream.vendor`), and over them the client's. */
export function vendorKeys(spec: VideoSpec, upstream: JsonObject): JsonObject {
  const own = property(upstream, 'vendor');
  return { ...(isObject(own) ? own : {}), ...spec.vendor };
}

export function outputConfig(spec: VideoSpec, wire: ModelWire, vendor: JsonObject): JsonObject {
  const { timed, framed } = modeWire(spec);
  const isLabelled = framed && wire.size === 'label';
  return present({
    StorageMode: 'Temporary',
    Duration: timed ? spec.seconds : null,
    Resolution: isLabelled ? resolutionWord(spec.resolution, wire.isLowerCase) : null,
    AspectRatio: isLabelled && obeysRatio(spec, wire) ? spec.ratio : null,
    // A scene has sounds of its own, unless more is asked for.
    AudioGeneration: wire.hasSound && (spec.scene === null || spec.audio) ? toggle(spec.audio) : null,
    OffPeak: spec.offPeak ? toggle(true) : null,
    EnableBGM: spec.bgm ? toggle(true) : null,
    LogoAdd: spec.watermark && wire.watermark === null ? toggle(true) : null,
    ...placed(vendor, OUTPUT_KEYS),
  });
}

/** Doubly encoded: an object as text, in which the fields of the model's maker are an object as text. */
export function extInfo(spec: VideoSpec, vendor: JsonObject, own: JsonObject): string | null {
  const given = objectFrom(property(vendor, 'ext_info') ?? {}, 'ext_info');
  const before = objectFrom(property(given, 'AdditionalParameters') ?? {}, 'ext_info.AdditionalParameters');
  const fields = { ...before, ...own, ...makersKeys(spec, vendor) };
  if (Object.keys(fields).length === 0) return Object.keys(given).length === 0 ? null : JSON.stringify(given);
  return JSON.stringify({ ...given, AdditionalParameters: JSON.stringify(fields) });
}

/** What has no place in Tencent's own fields goes to the model in the spelling of its maker. */
export function ownFields(spec: VideoSpec, wire: ModelWire): JsonObject {
  const { width, height } = spec;
  const sizes = { label: {}, sides: { width, height }, pixels: { size: `${width}x${height}` } } as const;
  return {
    ...(modeWire(spec).framed ? sizes[wire.size] : {}),
    ...(spec.motionLevel === null ? {} : { mode: spec.motionLevel }),
    ...(spec.watermark && wire.watermark !== null ? wire.watermark : {}),
  };
}

/** Without the entries that are null. */
export function present(fields: Readonly<Record<string, Json | readonly Json[]>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function toggle(on: boolean): 'Enabled' | 'Disabled' {
  return on ? 'Enabled' : 'Disabled';
}

function resolutionWord(resolution: string, isLowerCase: boolean): string {
  return isLowerCase ? resolution : resolution.toUpperCase();
}

/** Where frames decide the shape it is not said, except to models that are told it anyway. */
function obeysRatio({ mode }: VideoSpec, { ratio }: ModelWire): boolean {
  return ratio === 'always' || (ratio === 'without_frames' && (mode === 'text' || mode === 'reference'));
}

/** The keys of `places` that were given, under Tencent's names; yes and no in its words. */
export function placed(vendor: JsonObject, places: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(places).flatMap(([key, place]) => {
      const value = property(vendor, key);
      if (value === undefined) return [];
      return [[place, typeof value === 'boolean' ? toggle(value) : value]];
    }),
  );
}

/** What a picture says; `speech` for all else. */
export async function speechOf(spec: VideoSpec, speech: JsonObject, io: ProviderIo): Promise<JsonObject> {
  if (spec.mode !== 'avatar_i2v') return speech;
  const sound = await soundFile(spec, io);
  return sound === null ? speech : { ...speech, sound_file: sound };
}

const ELSEWHERE: ReadonlySet<string> = new Set([
  ...Object.keys(OUTPUT_KEYS),
  ...Object.keys(REQUEST_KEYS),
  'ext_info',
  'subjects',
  'subject_infos',
]);
/** Keys that some modes have another place for. */
const PLACED: Readonly<Partial<Record<VideoSpec['mode'], readonly string[]>>> = {
  lip_sync: ['session_id', 'face_choose', 'audio_id', 'sound_file'],
  reference: ['keep_original_sound'],
  edit: ['keep_original_sound'],
};

function makersKeys(spec: VideoSpec, vendor: JsonObject): JsonObject {
  const taken = PLACED[spec.mode] ?? [];
  return Object.fromEntries(Object.entries(vendor).filter(([key]) => !ELSEWHERE.has(key) && !taken.includes(key)));
}

/** An object, or the JSON text of one. */
function objectFrom(value: Json, param: string): JsonObject {
  const object = typeof value === 'string' ? objectIn({ text: value }) : value;
  if (isObject(object)) return object;
  throw unfit(`'${param}' has to be a JSON object, or the text of one.`);
}
