/** How the inputs of a video travel to Tencent Cloud VOD: as files, as subjects, as the last frame. */

import { FailureError } from '../../model/failure.ts';
import type { Failure } from '../../model/failure.ts';
import { limitsByKind, MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { ROLE_KINDS } from '../../model/request.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { base64Of, urlOrLink } from '../replies.ts';
import type { ModelWire } from './tables.ts';

/** All files that travel as base64 together, before they are encoded. */
const MAX_DATA_BYTES = 7_000_000;
/** A type that the vendor takes as data, and not at an address. */
const DATA_ONLY = 'image/webp';
/** A last frame behind a URL; a larger one travels like any other picture. */
const MAX_LAST_FRAME_BYTES = 5_000_000;

const CATEGORIES = { image: 'Image', video: 'Video', audio: 'Audio' } as const;
const SPEECH_MODES: ReadonlySet<VideoSpec['mode']> = new Set(['avatar_i2v', 'lip_sync']);

const PICTURE: InputLimit = { types: ['image/jpeg', 'image/png', 'image/webp'], maxBytes: 10 * MEGABYTE - 1 };
const CLIP: InputLimit = { types: ['video/mp4', 'video/quicktime', 'video/x-msvideo'] };
const SPEECH: InputLimit = {
  types: ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'],
  maxBytes: 5 * MEGABYTE,
  seconds: { min: 2, max: 300 },
};
const FILES = limitsByKind({ image: PICTURE, video: CLIP });

/** Of both APIs: the gateway passes files on as they are. */
export function limitsOf({ mode }: VideoSpec): InputLimits {
  return SPEECH_MODES.has(mode) ? { ...FILES, audio: SPEECH } : FILES;
}

/** What stands in a request for the inputs; null where there is nothing to say. */
export type InputFields = {
  readonly FileInfos: readonly JsonObject[] | null;
  readonly SubjectInfos: readonly JsonObject[] | null;
  readonly LastFrameUrl: string | null;
};

/** For the client: what it asked for cannot be carried to this vendor. */
export function unfit(message: string): FailureError {
  return new FailureError({ kind: 'channel_unfit', message });
}

/** What `make` makes, or the failure that it threw. */
export async function made<T>(
  make: () => Promise<T>,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }> {
  try {
    return { ok: true, value: await make() };
  } catch (error) {
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  }
}

export async function inputFields(
  spec: VideoSpec,
  wire: ModelWire,
  vendor: JsonObject,
  io: ProviderIo,
): Promise<InputFields> {
  if (spec.mode === 'lip_sync') return { FileInfos: null, SubjectInfos: null, LastFrameUrl: null };
  const subjects = readSubjects(spec, vendor, io);
  const lastFrameUrl = lastFrame(spec);
  const files = spec.inputs.filter(
    (input) =>
      !subjects.shown.has(input) &&
      !(input.role === 'last_frame' && lastFrameUrl !== null) &&
      !(input.role === 'audio' && SPEECH_MODES.has(spec.mode)),
  );
  // The video that moves or is changed comes first.
  const ordered = files.toSorted((a, b) => Number(isMain(b)) - Number(isMain(a)));
  const infos: JsonObject[] = [];
  for (const input of ordered) {
    const words = usageOf(input, spec, wire, vendor);
    const named = wire.namesPictures && input.role === 'reference_image' ? { Text: `pic${infos.length + 1}` } : {};
    infos.push({ ...(await carry(input, spec, io)), Category: CATEGORIES[ROLE_KINDS[input.role]], ...words, ...named });
  }
  return {
    FileInfos: infos.length === 0 ? null : infos,
    SubjectInfos: subjects.infos.length === 0 ? null : subjects.infos,
    LastFrameUrl: lastFrameUrl,
  };
}

/** The sound that a picture or a face is to speak, as a URL or base64; null where the request has none. */
export async function soundFile(spec: VideoSpec, io: ProviderIo): Promise<string | null> {
  const sound = spec.inputs.find((input) => input.role === 'audio');
  if (sound === undefined) return null;
  const carried = await carry(sound, spec, io);
  return carried.Type === 'Url' ? carried.Url : carried.Base64;
}

/** Where the vendor can fetch an input: what takes no base64 needs it. */
export function addressOf(input: SpecInput, io: Pick<ProviderIo, 'files'>): string {
  const url = urlOrLink(input, io);
  if (url === null) throw unfit(`The ${input.role} has to lie at a URL: the provider of this model takes no other.`);
  return url;
}

/** `@name` of a subject, as the vendor wants it in a prompt: `[@name]`. */
export function promptWithSubjects(prompt: string | null, subjects: readonly JsonObject[] | null): string | null {
  const names = (subjects ?? []).flatMap((subject) => {
    const name = property(subject, 'Name');
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
  if (prompt === null || names.length === 0) return prompt;
  const longestFirst = names.toSorted((a, b) => b.length - a.length);
  return prompt.replaceAll(/(?<!\[)@([^\s@[\]]+)/g, (whole, word: string) => {
    const name = longestFirst.find((each) => word.startsWith(each));
    return name === undefined ? whole : `[@${name}]${word.slice(name.length)}`;
  });
}

type Carried = { readonly Type: 'Url'; readonly Url: string } | { readonly Type: 'Base64'; readonly Base64: string };

/** A URL that the client gave is passed on, unless the vendor would not fetch such a file; else the bytes, and where they are too many an address of ours. */
async function carry(input: SpecInput, spec: VideoSpec, io: ProviderIo): Promise<Carried> {
  const isPassedOn = ({ url, mime }: SpecInput): boolean => url !== null && mime !== DATA_ONLY;
  if (input.url !== null && isPassedOn(input)) return { Type: 'Url', Url: input.url };
  const bytes = spec.inputs.reduce((sum, each) => sum + (isPassedOn(each) ? 0 : each.bytes), 0);
  if (bytes <= MAX_DATA_BYTES) return { Type: 'Base64', Base64: await base64Of(input, io) };
  const Url = io.files.link(input);
  if (Url !== null) return { Type: 'Url', Url };
  const most = `${MAX_DATA_BYTES / 1_000_000} MB`;
  throw unfit(`The inputs are ${bytes} bytes: the provider of this model takes up to ${most} of data; send URLs.`);
}

function lastFrame(spec: VideoSpec): string | null {
  const last = spec.inputs.find((input) => input.role === 'last_frame');
  return last === undefined || last.bytes >= MAX_LAST_FRAME_BYTES ? null : last.url;
}

function isMain({ role }: SpecInput): boolean {
  return role === 'motion_video' || role === 'source_video';
}

/** What a file is used for. Scenes know by themselves. */
function usageOf(input: SpecInput, spec: VideoSpec, wire: ModelWire, vendor: JsonObject): JsonObject {
  if (spec.scene !== null && spec.scene !== 'edit') return {};
  switch (input.role) {
    case 'first_frame':
      return { Usage: 'FirstFrame' };
    case 'last_frame':
      return { Usage: 'LastFrame' };
    case 'reference_image':
      return { Usage: 'Reference', ...referenceType(wire.imageReference) };
    case 'reference_video':
      return { Usage: 'Reference', ...referenceType(wire.videoReference), ...originalSound(vendor) };
    case 'source_video':
      return { ReferenceType: 'base', ...originalSound(vendor) };
    case 'motion_video':
    case 'audio':
      return { Usage: 'Reference' };
  }
}

function referenceType(word: string | null): JsonObject {
  return word === null ? {} : { ReferenceType: word };
}

function originalSound(vendor: JsonObject): JsonObject {
  const kept = property(vendor, 'keep_original_sound');
  if (kept === undefined) return {};
  return { KeepOriginalSound: kept === 'yes' || kept === true || kept === 'Enabled' ? 'Enabled' : 'Disabled' };
}

type Subjects = { readonly infos: readonly JsonObject[]; readonly shown: ReadonlySet<SpecInput> };

/** `subjects` say how many of the references, in their order, show each; `subject_infos` are the vendor's own. */
function readSubjects(spec: VideoSpec, vendor: JsonObject, io: ProviderIo): Subjects {
  const shown = new Set<SpecInput>();
  const take = (role: SpecInput['role'], count: Json | undefined): readonly string[] => {
    const wanted = typeof count === 'number' ? count : 0;
    const taken = spec.inputs.filter((input) => input.role === role && !shown.has(input)).slice(0, wanted);
    for (const input of taken) shown.add(input);
    return taken.map((input) => addressOf(input, io));
  };
  const counted = objectsIn(property(vendor, 'subjects')).map((subject): JsonObject => {
    const images = take('reference_image', property(subject, 'images'));
    const videos = take('reference_video', property(subject, 'videos'));
    const voice = property(subject, 'voice_id');
    return {
      Name: property(subject, 'name') ?? property(subject, 'id') ?? '',
      ...(voice === undefined ? {} : { VoiceId: voice }),
      ...(images.length === 0 ? {} : { ImageUrls: images }),
      ...(videos.length === 0 ? {} : { VideoUrls: videos }),
    };
  });
  const own = objectsIn(property(vendor, 'subject_infos')).map((subject) =>
    Object.fromEntries(Object.entries(subject).map(([key, value]) => [pascal(key), value])),
  );
  return { infos: [...counted, ...own], shown };
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}

function pascal(key: string): string {
  return key.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
