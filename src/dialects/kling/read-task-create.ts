/** Reads a create of the task API: contents that say what each is for, settings and options. */

import type { Json, JsonObject } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, Scene, VideoRequest } from '../../model/request.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { map, readChoice, readInteger, readLabel, readRaw, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { isGiven, placeOf, readItemFile, readItems, readWatermark, unread } from './places.ts';
import type { TaskKind } from './task-kinds.ts';
import { readVendor, storable } from './vendor-keys.ts';

/** Where a file belongs that the model needs. */
const ROLE_PARAMS: ReadRequest['roleParams'] = { first_frame: 'contents', motion_video: 'contents' };

/** What a file is for, by the type of its content. */
const FILE_ROLES: Readonly<Record<string, RequestInput['role']>> = {
  first_frame: 'first_frame',
  last_frame: 'last_frame',
  refer_image: 'reference_image',
  feature_video: 'reference_video',
  base_video: 'source_video',
  image: 'image',
  video: 'video',
};
/** A video of this type is to be changed. */
const EDITED = 'base_video';

/** Contents that the vendor keeps, by their type: where their list goes. */
const KEPT: Readonly<Record<string, string>> = { element: 'element_list', voice: 'voice_list' };
const KEPT_KEYS = ['id', 'element_id', 'voice_id'];

const CONTENT_TYPES = ['prompt', ...Object.keys(FILE_ROLES), ...Object.keys(KEPT)];
const AUDIO_WORDS = ['native', 'original', 'off'] as const;

export function readTaskCreate(kind: TaskKind, incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const request = readRequest(kind, incoming.params['model'] ?? '', top, into);
  remarkUnknown(into, [...unread(top), ...incoming.files.map(({ field }) => field)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(kind: TaskKind, model: string, top: Place, into: Findings): VideoRequest {
  const settings = placeOf(top, 'settings', into);
  const options = placeOf(top, 'options', into);
  const contents = readContents(top, into);
  if (kind.needsFiles && contents.inputs.length === 0) blame(into, missing('contents'));
  const [first] = contents.inputs;
  if (first !== undefined) into.params.inputs = first.param;
  const request = {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt'), ...contents.prompts]),
    inputs: contents.inputs,
    scene: contents.scene ?? kind.scene,
    seconds: take(into, 'seconds', [readInteger(settings, 'duration')]),
    resolution: take(into, 'resolution', [readLabel(settings, 'resolution')]),
    ratio: take(into, 'ratio', [readText(settings, 'aspect_ratio')]),
    ...readSound(settings, contents, into),
    watermark: readWatermark(options, into),
    callbackUrl: take(into, 'callbackUrl', [readText(options, 'callback_url')]),
    externalId: take(into, 'externalId', [readText(options, 'external_task_id')]),
  };
  remarkUnknown(into, [...unread(settings), ...unread(options)]);
  return request;
}

type Contents = {
  readonly prompts: readonly Field<string>[];
  readonly inputs: readonly RequestInput[];
  readonly scene: Scene | null;
  readonly vendor: JsonObject;
};

function readContents(top: Place, into: Findings): Contents {
  const prompts: Field<string>[] = [];
  const inputs: RequestInput[] = [];
  const kept: Record<string, Json[]> = {};
  let scene: Scene | null = null;
  for (const item of readItems(top, 'contents', into)) {
    const type = prefer(into, [readChoice(item, 'type', CONTENT_TYPES)]);
    if (type === null) {
      if (!isGiven(item, 'type')) blame(into, missing(`${item.path}type`));
      continue;
    }
    const role = FILE_ROLES[type.value];
    const list = KEPT[type.value];
    if (role !== undefined) inputs.push(...readItemFile(item, 'url', role, into));
    else if (list !== undefined) (kept[list] ??= []).push(readKept(item, into));
    else prompts.push(readText(item, 'text'));
    if (type.value === EDITED) {
      scene = 'edit';
      into.params.scene = type.param;
    }
    remarkUnknown(into, unread(item));
  }
  return { prompts, inputs, scene, vendor: kept };
}

/** An element or a voice, by the vendor's ids. */
function readKept(item: Place, into: Findings): Json {
  const found: Record<string, Json> = {};
  for (const key of KEPT_KEYS) {
    const id = prefer(into, [map(readRaw(item, key), storable)]);
    if (id !== null) found[key] = id.value;
  }
  return found;
}

/** `native` makes sound; `original` keeps that of the video that came along, and `off` keeps none. */
function readSound(
  settings: Place,
  { inputs, vendor }: Contents,
  into: Findings,
): Pick<VideoRequest, 'audio' | 'vendor'> {
  const said = prefer(into, [readChoice(settings, 'audio', AUDIO_WORDS)]);
  const keys = readVendor(settings, ['multi_shot', 'character_orientation'], into);
  const hasVideo = inputs.some(({ role }) => role.endsWith('video'));
  const sound = said?.value ?? null;
  if (said !== null && sound !== 'original') into.params.audio = said.param;
  const keeps: JsonObject =
    sound === 'original' || (sound === 'off' && hasVideo)
      ? { keep_original_sound: sound === 'original' ? 'yes' : 'no' }
      : {};
  return {
    audio: sound === null || sound === 'original' ? null : sound === 'native',
    vendor: { ...vendor, ...keys, ...keeps },
  };
}
