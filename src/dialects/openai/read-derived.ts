/** Reads remixes, edits and extensions: creates that begin with another video and may leave out what it tells. */

import { parseJobId } from '../../model/id.ts';
import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { MediaSource, RequestInput } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { leftovers, map, place, readRaw, readText, wrongType } from '../fields.ts';
import type { Expected, Field, Place } from '../fields.ts';
import { blame, missing, prefer, remarkUnknown } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { sourceField } from '../read-sources.ts';
import { readMaking } from './read-create.ts';
import { takeFiles, unpacked } from './read-inputs.ts';
import type { Files } from './read-inputs.ts';
import { idOf } from './read-query.ts';

const EXPECTED_VIDEO: Expected = {
  en: 'an uploaded video, a URL, a data URI, or {"id": …} of a video of yours',
  zh: '上传的视频、网址、data URI,或含有您的视频 ID 的 {"id": …}',
};

/** The video of the address with another prompt: an edit of the whole of it. */
export function readRemix(incoming: Incoming): ReadResult {
  const video = sourceInput({ from: 'job', id: idOf(incoming) }, 'id');
  return readMaking(incoming, { scene: 'edit', readVideo: () => video });
}

export function readEdit(incoming: Incoming): ReadResult {
  return readMaking(incoming, { scene: 'edit', readVideo });
}

/** `seconds` are those of the new part, so that the other video cannot tell them. */
export function readExtension(incoming: Incoming): ReadResult {
  const result = readMaking(incoming, { scene: 'extend', readVideo });
  if (!result.ok || result.command.kind !== 'create' || result.command.read.request.seconds !== null) return result;
  return { ok: false, violations: [missing('seconds')] };
}

/** No model here keeps characters under a name, so that there is none to make or to read. */
export function refuseCharacters(): ReadResult {
  const because = {
    en: 'no model here keeps characters; send pictures of them with each video, to a model whose capabilities in GET /v1/videos/models have input_references',
    zh: '此处没有可保存角色的模型;请在每次生成时提供角色图片,并使用 GET /v1/videos/models 中含 input_references 的模型',
  };
  return { ok: false, violations: [violation('not_supported', 'character', null, null, because)] };
}

function readVideo(top: Place, files: Files, into: Findings): RequestInput | null {
  const given = map(map(readRaw(top, 'video'), unpacked), (value, param) => videoField(value, param, into));
  const uploads = takeFiles(files, 'video', 'source_video', given.kind === 'absent' ? 0 : 1);
  const found = prefer(into, [given, ...uploads]);
  if (found === null && given.kind === 'absent') blame(into, missing('video'));
  return found?.value ?? null;
}

function videoField(value: Json, param: string, into: Findings): Field<RequestInput> {
  if (isObject(value)) {
    const at = place(value, `${param}.`, false);
    const id = map(readText(at, 'id'), (text, idParam) => found({ from: 'job', id: text }, idParam));
    const unknown = leftovers(at).map((key) => `${at.path}${key}`);
    remarkUnknown(into, unknown);
    return id.kind === 'absent' ? { kind: 'violation', violation: missing(`${param}.id`) } : id;
  }
  if (typeof value !== 'string') return wrongType(param, value, EXPECTED_VIDEO);
  if (parseJobId(value) !== null) return found({ from: 'job', id: value }, param);
  return map(sourceField(value, param), found);
}

function found(source: MediaSource, param: string): Field<RequestInput> {
  return { kind: 'value', value: sourceInput(source, param), param };
}

function sourceInput(source: MediaSource, param: string): RequestInput {
  return { role: 'source_video', source, param };
}
