/** Reads the files of those kinds whose files are more than one field each, and what stands beside them. */

import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole, RequestInput, Scene } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { readChoice, readText } from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, missing, overridden, prefer, remarkUnknown } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readSource, readSources } from '../read-sources.ts';
import { isGiven, placeOf, readFile, readItemFile, readItems, unread } from './places.ts';
import { readVendor, storable } from './vendor-keys.ts';

export type KindInputs = {
  readonly inputs: readonly RequestInput[];
  readonly scene?: Scene;
  readonly vendor?: JsonObject;
  /** Another object where settings such as `duration` may stand. */
  readonly settings?: Place;
};

export type ReadInputs = (top: Place, into: Findings) => KindInputs;

const FRAME_ROLES: Readonly<Record<'first_frame' | 'end_frame', InputRole>> = {
  first_frame: 'first_frame',
  end_frame: 'last_frame',
};
const FRAMES = ['first_frame', 'end_frame'] as const;
const REFER_TYPES = ['base', 'feature'] as const;
const SPEECH_KEYS = ['text', 'voice_id', 'voice_language', 'voice_speed'];
const ONE_FACE = 1;

/** `image_list[].image` of multi-image2video. */
export function readPictures(top: Place, into: Findings): KindInputs {
  const inputs = readItems(top, 'image_list', into).flatMap((item) => {
    const file = readItemFile(item, 'image', 'reference_image', into);
    remarkUnknown(into, unread(item));
    return file;
  });
  return { inputs };
}

/** Pictures with or without the place of a frame, and a video: one to edit unless it is only to be referred to. */
export function readOmni(top: Place, into: Findings): KindInputs {
  const pictures = readItems(top, 'image_list', into).flatMap((item) => {
    const frame = prefer(into, [readChoice(item, 'type', FRAMES)]);
    const role = frame === null ? 'reference_image' : FRAME_ROLES[frame.value];
    const file = readItemFile(item, 'image_url', role, into);
    remarkUnknown(into, unread(item));
    return file;
  });
  let isEdit = false;
  let vendor: JsonObject = {};
  const videos = readItems(top, 'video_list', into).flatMap((item) => {
    const isBase = (prefer(into, [readChoice(item, 'refer_type', REFER_TYPES)])?.value ?? 'base') === 'base';
    const file = readItemFile(item, 'video_url', isBase ? 'source_video' : 'reference_video', into);
    vendor = { ...vendor, ...readVendor(item, ['keep_original_sound'], into) };
    isEdit ||= isBase;
    remarkUnknown(into, unread(item));
    return file;
  });
  if (isEdit) into.params.scene = 'video_list[0].refer_type';
  return { inputs: [...pictures, ...videos], vendor, ...(isEdit ? { scene: 'edit' } : {}) };
}

/** The video of an earlier task, by the id that its result showed. */
export function readEarlierVideo(at: Place, into: Findings): KindInputs {
  const id = prefer(into, [readText(at, 'video_id')]);
  if (id === null) return { inputs: [] };
  return { inputs: [{ role: 'source_video', source: { from: 'job', id: id.value }, param: id.param }] };
}

/** One picture or several; `input` also holds the settings. */
export function readEffect(top: Place, into: Findings): KindInputs {
  const input = placeOf(top, 'input', into);
  const found = ['image', 'images'].flatMap((key) => readSources(input, key, into));
  return {
    inputs: found.map(({ source, param }) => ({ role: 'reference_image', source, param })),
    settings: input,
  };
}

/** A text to be spoken by a voice of the vendor, or a sound file. */
export function readLipSync(top: Place, into: Findings): KindInputs {
  const input = placeOf(top, 'input', into);
  const mode = prefer(into, [readChoice(input, 'mode', ['text2video', 'audio2video'])])?.value ?? null;
  const isText = mode === 'text2video' || (mode === null && isGiven(input, 'text'));
  const type = prefer(into, [readChoice(input, 'audio_type', ['file', 'url'])])?.value ?? 'url';
  const keys = type === 'file' ? ['audio_file', 'audio_url'] : ['audio_url', 'audio_file'];
  const sound = prefer(
    into,
    keys.map((key) => readSource(input, key)),
    () => false,
  );
  const speech = readVendor(input, SPEECH_KEYS, into);
  if (isText && !isGiven(input, 'text')) blame(into, missing('input.text'));
  if (!isText && sound === null) blame(into, missing(`input.${keys[0] ?? ''}`));
  if (isText && sound !== null) overridden(into, sound.param, 'input.text');
  if (!isText) for (const key of Object.keys(speech)) overridden(into, `input.${key}`, sound?.param ?? 'input.mode');
  const video = readVideo(input, into);
  remarkUnknown(into, unread(input));
  const audio: readonly RequestInput[] =
    isText || sound === null ? [] : [{ role: 'audio', source: sound.value, param: sound.param }];
  return { inputs: [...video, ...audio], vendor: isText ? speech : {} };
}

/** An earlier task's video, or one behind a URL. */
function readVideo(at: Place, into: Findings): readonly RequestInput[] {
  const earlier = readEarlierVideo(at, into).inputs;
  const [first] = earlier;
  const other = readFile(at, 'video_url', 'source_video', into);
  if (first === undefined) return other;
  for (const { param } of other) overridden(into, param, first.param);
  return earlier;
}

/** The face is the vendor's to find; what it says is a file, or a sound that the vendor knows. */
export function readFaces(top: Place, into: Findings): KindInputs {
  const inputs: RequestInput[] = [...readVideo(top, into)];
  const faces: Json[] = readItems(top, 'face_choose', into, ONE_FACE).map((face) => {
    const sound = readFile(face, 'sound_file', 'audio', into);
    needOne(face, sound, into);
    inputs.push(...sound);
    const { sound_file: _, ...rest } = face.object;
    prefer(into, [storable(rest, face.path.slice(0, -1))]);
    return rest;
  });
  return { inputs, ...(faces.length === 0 ? {} : { vendor: { face_choose: faces } }) };
}

/** The picture is read as every single file is; its voice is a file, or a sound that the vendor knows. */
export function readAvatar(top: Place, into: Findings): KindInputs {
  needOne(top, isGiven(top, 'sound_file') ? [{ param: 'sound_file' }] : [], into);
  return { inputs: [] };
}

/** A sound file or `audio_id`, and not both. */
function needOne(at: Place, sound: readonly { readonly param: string }[], into: Findings): void {
  const hasVoice = isGiven(at, 'audio_id');
  if (sound.length === 0 && !hasVoice) blame(into, missing(`${at.path}sound_file`));
  if (sound.length === 0 || !hasVoice) return;
  const because = { en: "'sound_file' is given as well; send one of the two", zh: '已提供 sound_file,二者只能选一' };
  blame(into, violation('contradiction', `${at.path}audio_id`, at.object['audio_id'], null, because));
}
