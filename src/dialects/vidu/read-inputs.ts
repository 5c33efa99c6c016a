/** Reads the pictures, videos and sounds of Vidu's requests, whose roles the kind of the task decides. */

import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole, MediaSource, RequestInput, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { EXPECTED, leftovers, map, place, readInteger, readRaw, readText, wrongType } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, missing, overridden, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { sameSource } from '../media-source.ts';
import { MAX_LIST, readSource, readSources } from '../read-sources.ts';

/** What a task is made from. */
export type Given = { readonly inputs: readonly RequestInput[] } & Partial<
  Pick<VideoRequest, 'prompt' | 'seconds' | 'ratio' | 'vendor'>
>;

/** As many pictures as roles, no more and no fewer. */
export function readFrames(top: Place, roles: readonly InputRole[], into: Findings): Given {
  const faultsBefore = into.violations.length;
  const found = readSources(top, 'images', into);
  const count = found.length;
  const allowed = { min: roles.length, max: roles.length };
  if (into.violations.length > faultsBefore) return { inputs: [] };
  if (count === 0) blame(into, missing('images'));
  else if (count < allowed.min) blame(into, violation('too_few', 'images', count, allowed));
  else if (count > allowed.max) blame(into, violation('too_many', 'images', count, allowed));
  return { inputs: found.flatMap((one, at) => (roles[at] === undefined ? [] : [{ role: roles[at], ...one }])) };
}

export function readPictures(top: Place, into: Findings): Given {
  return { inputs: readAll(top, 'images', 'reference_image', into) };
}

/** Subjects come first, so that the numbers in `vendor.subjects` tell which pictures and videos are theirs. */
export function readReferences(top: Place, into: Findings): Given {
  const faultsBefore = into.violations.length;
  const subjects = readSubjects(top, into);
  const inputs = [
    ...subjects.flatMap((subject) => subject.inputs),
    ...readAll(top, 'images', 'reference_image', into),
    ...readAll(top, 'videos', 'reference_video', into),
    ...readAll(top, 'sounds', 'audio', into),
  ];
  if (inputs.length === 0 && into.violations.length === faultsBefore) blame(into, missing('images'));
  const ratio = readText(top, 'aspect_ratio');
  return {
    inputs,
    // Here alone the word is offered: the shape of the first reference.
    ...(ratio.kind === 'value' && ratio.value === 'auto' ? { ratio: 'adaptive' } : {}),
    ...(subjects.length === 0 ? {} : { vendor: { subjects: subjects.map(({ words }) => words) } }),
  };
}

type Subject = { readonly inputs: readonly RequestInput[]; readonly words: JsonObject };

/** In `words`, `images` and `videos` are how many of the reference inputs, in their order, show the subject. */
function readSubjects(top: Place, into: Findings): readonly Subject[] {
  return readObjects(top, 'subjects', into).map((at) => {
    const images = readAll(at, 'images', 'reference_image', into);
    const videos = readAll(at, 'videos', 'reference_video', into);
    const words: Record<string, Json> = {};
    for (const key of ['name', 'id', 'voice_id'] as const) {
      const found = prefer(into, [readText(at, key)]);
      if (found !== null) words[key] = found.value;
    }
    noteLeftovers(at, into);
    return {
      inputs: [...images, ...videos],
      words: { ...words, images: images.length, videos: videos.length },
    };
  });
}

const KEY_FRAME_SECONDS = { min: 2, max: 7, usual: 5 } as const;

/** The prompts and lengths between the pictures go to the vendor in the order of the pictures. */
export function readKeyFrames(top: Place, into: Findings): Given {
  const start = prefer(into, [readSource(top, 'start_image')]);
  if (start === null) blame(into, missing('start_image'));
  const settings = readObjects(top, 'image_settings', into).map((at) => readKeyFrame(at, into));
  if (settings.length === 0) blame(into, missing('image_settings'));
  else into.params.seconds = 'image_settings';
  const first: readonly RequestInput[] = start === null ? [] : [inputOf('first_frame', start)];
  return {
    inputs: [...first, ...settings.flatMap(({ input }) => (input === null ? [] : [input]))],
    seconds: settings.reduce((sum, { words }) => sum + words.duration, 0),
    vendor: { image_settings: settings.map(({ words }) => words) },
  };
}

function readKeyFrame(at: Place, into: Findings) {
  const image = prefer(into, [readSource(at, 'key_image')]);
  if (image === null) blame(into, missing(`${at.path}key_image`));
  const prompt = prefer(into, [readText(at, 'prompt')])?.value ?? '';
  const seconds = prefer(into, [map(readInteger(at, 'duration'), keyFrameSeconds)]);
  noteLeftovers(at, into);
  return {
    input: image === null ? null : inputOf('reference_image', image),
    words: { prompt, duration: seconds?.value ?? KEY_FRAME_SECONDS.usual },
  };
}

function keyFrameSeconds(value: number, param: string): Field<number> {
  const { min, max } = KEY_FRAME_SECONDS;
  if (value >= min && value <= max) return { kind: 'value', value, param };
  return { kind: 'violation', violation: violation('out_of_range', param, value, { min, max, unit: 's' }) };
}

/** A video that was made here, or any other; up to one picture in `pictureRole`. */
export function readSourceVideo(top: Place, into: Findings, pictureRole: InputRole | null): Given {
  const video = prefer(
    into,
    [map(readText(top, 'video_creation_id'), ownVideo), readSource(top, 'video_url')],
    sameSource,
  );
  if (video === null && into.violations.length === 0) blame(into, missing('video_url'));
  const source = video === null ? [] : [inputOf('source_video', video)];
  const pictures = pictureRole === null ? [] : readAll(top, 'images', pictureRole, into);
  return { inputs: [...source, ...pictures] };
}

/** A sound track, or the words to be spoken. */
export function readSpeech(top: Place, into: Findings): Given {
  const { inputs } = readSourceVideo(top, into, null);
  const audio = prefer(into, [readSource(top, 'audio_url')]);
  if (audio === null) {
    const prompt = take(into, 'prompt', [readText(top, 'text')]);
    if (prompt === null && into.violations.length === 0) blame(into, missing('audio_url'));
    return { inputs, prompt };
  }
  const text = prefer(into, [readText(top, 'text')]);
  if (text !== null) overridden(into, text.param, audio.param);
  return { inputs: [...inputs, inputOf('audio', audio)] };
}

function ownVideo(id: string, param: string): Field<MediaSource> {
  return { kind: 'value', value: { from: 'job', id }, param };
}

function inputOf(role: InputRole, found: { readonly value: MediaSource; readonly param: string }): RequestInput {
  return { role, source: found.value, param: found.param };
}

function readAll(at: Place, key: string, role: InputRole, into: Findings): readonly RequestInput[] {
  return readSources(at, key, into).map(({ source, param }) => ({ role, source, param }));
}

/** The objects of a list, each a place of its own. */
function readObjects(top: Place, key: string, into: Findings): readonly Place[] {
  const field = readRaw(top, key);
  if (field.kind !== 'value') return [];
  const { value, param } = field;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED.list).violation);
    return [];
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 0, max: MAX_LIST, unit: 'items' }));
    return [];
  }
  return value.flatMap((item: Json, at) => {
    if (isObject(item)) return [place(item, `${param}[${at}].`, top.texts)];
    blame(into, wrongType(`${param}[${at}]`, item, EXPECTED.object).violation);
    return [];
  });
}

function noteLeftovers(at: Place, into: Findings): void {
  remarkUnknown(
    into,
    leftovers(at).map((key) => at.path + key),
  );
}
