/** Reads `POST /v2/video_generation` and `/v2/video_regeneration`: one list of texts and files with roles. */

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, Scene, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import {
  EXPECTED,
  leftovers,
  place,
  readBoolean,
  readInteger,
  readLabel,
  readPlace,
  readRaw,
  readText,
  wrongType,
} from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, findings, missing, prefer, remark, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { MAX_LIST, readSource } from '../read-sources.ts';
import { requireText } from '../required.ts';

type Role = RequestInput['role'];
type Kind = 'image_url' | 'video_url' | 'audio_url';

/** The roles of each kind of file; the first one is meant where none is said. */
const ROLES: Readonly<Record<Kind, Readonly<Record<string, Role>>>> = {
  image_url: { first_frame: 'first_frame', last_frame: 'last_frame', reference_image: 'reference_image' },
  video_url: { reference_video: 'reference_video', base_video: 'source_video' },
  audio_url: { reference_audio: 'audio' },
};
const KINDS = Object.keys(ROLES) as Kind[];

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'content',
  last_frame: 'content',
  reference_image: 'content',
  reference_video: 'content',
  source_video: 'content',
  audio: 'content',
};

export function readCreateV2(incoming: Incoming): ReadResult {
  return read(incoming, null);
}

/** A video that is there is made again, larger. */
export function readRegeneration(incoming: Incoming): ReadResult {
  return read(incoming, 'upscale');
}

function read(incoming: Incoming, scene: Scene | null): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const model = requireText(top, 'model', 'model', into);
  const request = readRequest(top, model, scene, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  return {
    ok: true,
    command: {
      kind: 'create',
      read: { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes },
    },
  };
}

function readRequest(top: Place, model: string, scene: Scene | null, into: Findings): VideoRequest {
  const { prompt, inputs } = readContent(top, into);
  if (inputs.length > 0) into.params.inputs = 'content';
  if (prompt !== null) into.params.prompt = 'content';
  return {
    ...EMPTY_REQUEST,
    model,
    prompt,
    inputs,
    scene,
    seconds: take(into, 'seconds', [readInteger(top, 'duration')]),
    resolution: take(into, 'resolution', [readLabel(top, 'resolution')]),
    ratio: take(into, 'ratio', [readText(top, 'ratio')]),
    watermark: take(into, 'watermark', [readBoolean(top, 'aigc_watermark')]),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
  };
}

type Content = { readonly prompt: string | null; readonly inputs: readonly RequestInput[] };

function readContent(top: Place, into: Findings): Content {
  const field = readRaw(top, 'content');
  if (field.kind !== 'value') {
    blame(into, missing('content'));
    return { prompt: null, inputs: [] };
  }
  const { value, param } = field;
  if (!Array.isArray(value)) {
    blame(into, wrongType(param, value, EXPECTED.list).violation);
    return { prompt: null, inputs: [] };
  }
  if (value.length > MAX_LIST) {
    blame(into, violation('too_many', param, value.length, { min: 1, max: MAX_LIST, unit: 'items' }));
    return { prompt: null, inputs: [] };
  }
  const items = value.map((item, index) => readItem(item, `${param}[${index}]`, into));
  const texts = items.flatMap((item) => (item !== null && 'text' in item ? [item.text] : []));
  return {
    prompt: texts.length === 0 ? null : texts.join('\n'),
    inputs: items.flatMap((item) => (item !== null && 'input' in item ? [item.input] : [])),
  };
}

type Item = { readonly text: string } | { readonly input: RequestInput };

function readItem(item: Json, param: string, into: Findings): Item | null {
  if (!isObject(item)) {
    blame(into, wrongType(param, item, EXPECTED.object).violation);
    return null;
  }
  const at = place(item, `${param}.`, false);
  const type = prefer(into, [readText(at, 'type')]);
  if (type === null) {
    blame(into, missing(`${param}.type`));
    return null;
  }
  const read = type.value === 'text' ? readTextItem(at, into) : readFile(at, type.value, into);
  remarkUnknown(
    into,
    leftovers(at).map((key) => `${at.path}${key}`),
  );
  return read;
}

function readTextItem(at: Place, into: Findings): Item | null {
  const text = prefer(into, [readText(at, 'text')]);
  if (readText(at, 'role').kind === 'value') {
    remark(into, 'not_used', `${at.path}role`, 'a text has no role', '文本没有 role');
  }
  return text === null ? null : { text: text.value };
}

function readFile(at: Place, type: string, into: Findings): Item | null {
  const kind = KINDS.find((candidate) => candidate === type);
  if (kind === undefined) {
    blame(into, violation('not_offered', `${at.path}type`, type, { values: ['text', ...KINDS] }));
    return null;
  }
  const home = prefer(into, [readPlace(at, kind)]);
  const source = home === null ? null : prefer(into, [readSource(home.value, 'url')]);
  if (source === null) blame(into, missing(`${at.path}${kind}.url`));
  const role = roleOf(at, kind, into);
  return source === null || role === null ? null : { input: { role, source: source.value, param: source.param } };
}

function roleOf(at: Place, kind: Kind, into: Findings): Role | null {
  const roles = ROLES[kind];
  const said = prefer(into, [readText(at, 'role')]);
  if (said === null) return Object.values(roles)[0] ?? null;
  const role = roles[said.value];
  if (role === undefined) blame(into, violation('not_offered', said.param, said.value, { values: Object.keys(roles) }));
  return role ?? null;
}
