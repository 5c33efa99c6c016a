/** Reads `POST /v1/video/create`: pictures and shape in words of its own, the rest as everywhere. */

import { property } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { ReadRequest, RequestInput, Size, VideoRequest } from '../../model/request.ts';
import { violation } from '../../model/violation.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { frameOf, leftovers, readBoolean, readChoice, readInteger, readLabel, readText } from '../fields.ts';
import type { Field, Place } from '../fields.ts';
import { blame, findings, prefer, remarkUnknown, take } from '../findings.ts';
import type { Findings } from '../findings.ts';
import { readSources } from '../read-sources.ts';
import { requireText } from '../required.ts';
import { readVendorKeys } from '../vendor-fields.ts';

/** Where a client of this dialect would put each kind of input. */
const ROLE_PARAMS: ReadRequest['roleParams'] = {
  first_frame: 'images',
  last_frame: 'images',
  reference_image: 'images',
};

type Orientation = 'portrait' | 'landscape';

const ORIENTATIONS: Readonly<Record<Orientation, string>> = { portrait: '9:16', landscape: '16:9' };
const LABELS_OF_SIZES: Readonly<Record<string, string>> = { small: '720p', large: '1080p' };
const UPSAMPLED = '1080p';

/** Keys that only some vendors know. */
const VENDOR_KEYS = [
  'enhance_prompt',
  'private',
  'style',
  'character_url',
  'character_timestamps',
  'storyboard',
  'veo_fl_close',
] as const;

/** The page's defaults, which are Veo's: other models keep their own. */
const VEO = /^(?:veo|gv-)/i;
const VEO_DEFAULTS = { seconds: 8, ratio: '9:16' } as const;
const NAMED_4K = /-4k$/i;

export function readCreate(incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const model = requireText(top, 'model', 'model', into);
  const request = readRequest(top, model, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: ROLE_PARAMS, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(top: Place, model: string, into: Findings): VideoRequest {
  const inputs = readSources(top, 'images', into).map(({ source, param }): RequestInput => ({
    role: 'image',
    source,
    param,
  }));
  if (inputs.length > 0) into.params.inputs = 'images';
  const shape = readShape(top, model, into);
  const isVeo = VEO.test(model);
  return {
    ...EMPTY_REQUEST,
    model,
    prompt: take(into, 'prompt', [readText(top, 'prompt')]),
    negativePrompt: take(into, 'negativePrompt', [readText(top, 'negative_prompt')]),
    inputs,
    ...shape,
    seconds: take(into, 'seconds', [readInteger(top, 'duration')]) ?? (isVeo ? VEO_DEFAULTS.seconds : null),
    seed: take(into, 'seed', [readInteger(top, 'seed')]),
    watermark: take(into, 'watermark', [readBoolean(top, 'watermark')]),
    callbackUrl: take(into, 'callbackUrl', [readText(top, 'callback_url')]),
    vendor: readVendorKeys(top, VENDOR_KEYS, into),
  };
}

type Shape = Pick<VideoRequest, 'ratio' | 'size' | 'resolution'>;

/** Three fields say the shape, and must not contradict each other; the model then checks what it can make. */
function readShape(top: Place, model: string, into: Findings): Shape {
  const orientation = prefer(into, [readChoice<Orientation>(top, 'orientation', ['portrait', 'landscape'])]);
  const said = take(into, 'ratio', [
    readText(top, 'aspect_ratio'),
    ...(orientation === null ? [] : [ratioOf(orientation.value)]),
  ]);
  const { size, label } = readSize(top, into);
  const resolution = take(into, 'resolution', [readLabel(top, 'resolution'), label]);
  if (orientation !== null) checkOrientation(orientation.value, said, size, into);
  const ratio = said === null && size === null && VEO.test(model) ? VEO_DEFAULTS.ratio : said;
  const isRaised = readUpsample(top, ratio, size, into);
  return { ratio, size, resolution: isRaised && !NAMED_4K.test(model) ? UPSAMPLED : resolution };
}

function ratioOf(orientation: Orientation): Field<string> {
  return { kind: 'value', value: ORIENTATIONS[orientation], param: 'orientation' };
}

function readSize(top: Place, into: Findings): { size: Size | null; label: Field<string> } {
  const field = readText(top, 'size');
  const none = { kind: 'absent' } as const;
  if (field.kind !== 'value') {
    prefer(into, [field]);
    return { size: null, label: none };
  }
  const frame = frameOf(field.value);
  if (frame?.kind === 'size') {
    into.params.size = field.param;
    return { size: frame.size, label: none };
  }
  const label = frame?.label ?? property(LABELS_OF_SIZES, field.value.toLowerCase()) ?? field.value.toLowerCase();
  return { size: null, label: { kind: 'value', value: label, param: field.param } };
}

function checkOrientation(orientation: Orientation, ratio: string | null, size: Size | null, into: Findings): void {
  const [wide = 0, high = 0] = (ratio ?? '').split(':').map(Number);
  const said =
    size === null ? { param: 'aspect_ratio', lies: wide - high } : { param: 'size', lies: size.width - size.height };
  const isSame = said.lies === 0 || said.lies > 0 === (orientation === 'landscape');
  if (isSame) return;
  const because = { en: `'${said.param}' means the other orientation`, zh: `与“${said.param}”的方向不一致` };
  blame(into, violation('contradiction', 'orientation', orientation, null, because));
}

/** True if the video is to be made larger than it was asked for; only landscape can be. */
function readUpsample(top: Place, ratio: string | null, size: Size | null, into: Findings): boolean {
  const asked = prefer(into, [readBoolean(top, 'enable_upsample')]);
  if (asked === null || !asked.value) return false;
  const [wide = 1, high = 0] = (ratio ?? '').split(':').map(Number);
  const isPortrait = (ratio !== null && wide < high) || (size !== null && size.width < size.height);
  if (!isPortrait) return true;
  const because = { en: 'only landscape videos can be made larger', zh: '仅支持横屏视频' };
  blame(into, violation('contradiction', asked.param, true, null, because));
  return false;
}
