/** Reads `content`: the words of the prompt, and pictures, videos and sounds by their roles. */

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { InputRole, MediaSource, RequestInput } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { EXPECTED, leftovers, map, place, readChoice, readPlace, readRaw, readText, wrongType } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, missing, prefer, remarkUnknown } from '../findings.ts';
import type { Findings, Found } from '../findings.ts';
import { MAX_LIST, sourceField } from '../read-sources.ts';

export type Content = { readonly texts: readonly Found<string>[]; readonly inputs: readonly RequestInput[] };

type MediaType = 'image_url' | 'video_url' | 'audio_url';
type MediaRow = {
  readonly roles: Readonly<Record<string, InputRole>>;
  /** Without a role the model decides. */
  readonly usual: RequestInput['role'];
};

const MEDIA: Readonly<Record<MediaType, MediaRow>> = {
  image_url: {
    roles: { first_frame: 'first_frame', last_frame: 'last_frame', reference_image: 'reference_image' },
    usual: 'image',
  },
  video_url: { roles: { reference_video: 'reference_video' }, usual: 'video' },
  audio_url: { roles: { reference_audio: 'audio' }, usual: 'audio' },
};

const TYPES = ['text', 'image_url', 'video_url', 'audio_url', 'draft_task'] as const;

export function readContent(top: Place, into: Findings): Content {
  const field = readRaw(top, 'content');
  if (field.kind !== 'value') {
    blame(into, missing('content'));
    return { texts: [], inputs: [] };
  }
  const { value, param } = field;
  if (!Array.isArray(value)) blame(into, wrongType(param, value, EXPECTED.list).violation);
  else if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 1, max: MAX_LIST, unit: 'items' }));
  } else return itemsOf(value, top.texts, into);
  return { texts: [], inputs: [] };
}

function itemsOf(items: readonly Json[], formTexts: boolean, into: Findings): Content {
  const texts: Found<string>[] = [];
  const inputs: RequestInput[] = [];
  for (const [index, item] of items.entries()) {
    const path = `content[${index}]`;
    if (!isObject(item)) {
      blame(into, wrongType(path, item, EXPECTED.object).violation);
      continue;
    }
    const at = place(item, `${path}.`, formTexts);
    const type = prefer(into, [readType(at)])?.value ?? null;
    if (type === 'text') {
      const text = prefer(into, [readText(at, 'text')]);
      if (text !== null) texts.push(text);
    } else if (type === 'draft_task') blame(into, noDraft(at));
    else if (type !== null) inputs.push(...readMedia(at, type, into));
    if (type !== null) noteLeftovers(at, into);
  }
  return { texts, inputs };
}

function readType(at: Place): Field<(typeof TYPES)[number]> {
  const field = readChoice(at, 'type', TYPES);
  return field.kind === 'absent' ? { kind: 'violation', violation: missing(`${at.path}type`) } : field;
}

/** None, with a violation, where no file or a wrong role is named. */
function readMedia(at: Place, type: MediaType, into: Findings): readonly RequestInput[] {
  const { roles, usual } = MEDIA[type];
  const role = prefer(into, [readChoice(at, 'role', Object.keys(roles))]);
  const source = prefer(into, [readLink(at, type, into)]);
  if (source === null) return [];
  return [{ role: role === null ? usual : (roles[role.value] ?? usual), source: source.value, param: source.param }];
}

/** `{ url }` as documented, or the address itself. */
function readLink(at: Place, type: MediaType, into: Findings): Field<MediaSource> {
  const param = `${at.path}${type}`;
  const raw = readRaw(at, type);
  if (raw.kind === 'value' && typeof raw.value === 'string') return orMissing(sourceField(raw.value, param), param);
  const link = readPlace(at, type);
  if (link.kind === 'absent') return orMissing(link, param);
  return map(link, (inner) => {
    const url = map(readRaw(inner, 'url'), sourceField);
    noteLeftovers(inner, into);
    return orMissing(url, `${param}.url`);
  });
}

function orMissing<T>(field: Field<T>, param: string): Field<T> {
  return field.kind === 'absent' ? { kind: 'violation', violation: missing(param) } : field;
}

function noDraft(at: Place): ReturnType<typeof violation> {
  const field = readRaw(at, 'draft_task');
  const param = field.kind === 'value' ? field.param : `${at.path}type`;
  return violation('not_supported', param, null, null, {
    en: "a draft is a video like any other here; send the whole request again without 'draft'",
    zh: '此处的样片与普通视频相同;请去掉 draft 后重新提交完整请求',
  });
}

function noteLeftovers(at: Place, into: Findings): void {
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
}
