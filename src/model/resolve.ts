/** From a request to a spec: every default decided, every limit of the model checked, nothing silently dropped. */

import type { Choices, ModelMatch, ModelRow, Pins } from './catalogue.ts';
import { offeredSizes, placeSize, ratioOf, shortSideOf, sizeText } from './frame-size.ts';
import type { Json, JsonObject } from './json.ts';
import { SCENES } from './request.ts';
import type { ReadRequest, RequestField, Scene } from './request.ts';
import { chooseMode } from './resolve-inputs.ts';
import type { ModeChoice } from './resolve-inputs.ts';
import { breaks, ruleViolation } from './rules.ts';
import type { ModeName, PlannedSpec } from './spec.ts';
import { note, violation } from './violation.ts';
import type { Note, Violation } from './violation.ts';

export type Resolution =
  | { readonly ok: true; readonly spec: PlannedSpec; readonly notes: readonly Note[] }
  | { readonly ok: false; readonly violations: readonly Violation[] };

/** Seconds assumed when the client says none and the model offers them. */
const USUAL_SECONDS = 5;

type Ledger = { readonly violations: Violation[]; readonly notes: Note[] };
type Context = Ledger & { readonly read: ReadRequest; readonly row: ModelRow; readonly pins: Pins };

export function resolve(read: ReadRequest, match: ModelMatch): Resolution {
  const context: Context = { read, row: match.row, pins: match.pins, violations: [], notes: [...read.notes] };
  const chosen = chooseMode(read, match);
  if ('violations' in chosen) context.violations.push(...chosen.violations);
  checkPrompt(context, 'choice' in chosen ? chosen.choice.mode.prompt : 'optional');
  checkExternalId(context);
  if (!('choice' in chosen)) return { ok: false, violations: context.violations };
  const spec = decide(context, chosen.choice);
  checkRules(context, spec);
  return context.violations.length > 0
    ? { ok: false, violations: context.violations }
    : { ok: true, spec, notes: context.notes };
}

function decide(context: Context, choice: ModeChoice): PlannedSpec {
  const { request } = context.read;
  const { row } = context;
  const frame = decideFrame(context, choice);
  return {
    model: row.id,
    requestedModel: request.model,
    mode: choice.mode.name,
    scene: sceneOf(choice.mode.name),
    prompt: request.prompt,
    negativePrompt: supported(context, 'negativePrompt', row.supports.negativePrompt, request.negativePrompt),
    inputs: choice.inputs,
    seconds: decideSeconds(context, choice),
    resolution: frame.resolution,
    ratio: frame.ratio,
    fps: decideFps(context),
    audio: decideAudio(context),
    bgm: supported(context, 'bgm', row.supports.bgm, request.bgm) ?? false,
    seed: decideSeed(context),
    count: decideCount(context),
    offPeak: decideOffPeak(context),
    motionLevel: decideMotionLevel(context, choice),
    watermark: supported(context, 'watermark', row.supports.watermark, request.watermark) ?? false,
    callbackUrl: request.callbackUrl,
    payload: request.payload,
    user: request.user,
    ...(request.externalId === null ? {} : { externalId: request.externalId }),
    vendor: decideVendor(context),
  };
}

function sceneOf(mode: ModeName): Scene | null {
  return SCENES.find((scene) => scene === mode) ?? null;
}

function checkPrompt(context: Context, need: 'required' | 'optional'): void {
  const { prompt } = context.read.request;
  const param = context.read.params.prompt ?? 'prompt';
  if (prompt === null) {
    if (need === 'required') context.violations.push(violation('missing', param, null));
    return;
  }
  if (prompt.trim() === '') {
    context.violations.push(violation('missing', param, '', null, { en: 'and must not be empty', zh: '不能为空' }));
    return;
  }
  const chars = [...prompt].length;
  if (chars > context.row.promptMaxChars) {
    const allowed = { min: 1, max: context.row.promptMaxChars, unit: 'characters' };
    context.violations.push(
      violation('too_long', param, null, allowed, { en: `${chars} characters`, zh: `${chars} 个字符` }),
    );
  }
}

/** Jobs are found by it, so that it must fit into an index. */
const MAX_EXTERNAL_ID_CHARS = 255;

function checkExternalId({ read, violations }: Context): void {
  const chars = read.request.externalId?.length ?? 0;
  if (chars <= MAX_EXTERNAL_ID_CHARS) return;
  const allowed = { min: 1, max: MAX_EXTERNAL_ID_CHARS, unit: 'characters' };
  const subject = { en: `${chars} characters`, zh: `${chars} 个字符` };
  violations.push(violation('too_long', read.params.externalId ?? 'external_id', null, allowed, subject));
}

function decideSeconds(context: Context, choice: ModeChoice): number {
  const rule = choice.mode.seconds ?? context.row.seconds;
  const asked = context.read.request.seconds;
  const fromVideo = choice.mode.secondsFromVideo;
  if (fromVideo?.orSaid === true) {
    if (asked === null) return Math.min(...rule.values);
    const en = 'where the given video is longer, it decides the length';
    context.notes.push(note('overridden', paramOf(context, 'seconds'), en, '若输入视频更长,则以其时长为准'));
  } else if (asked === null) {
    return rule.values.includes(USUAL_SECONDS) ? USUAL_SECONDS : rule.default;
  } else if (fromVideo !== undefined) {
    const en = 'the given files decide the length';
    context.notes.push(note('not_used', paramOf(context, 'seconds'), en, '视频时长由输入文件决定'));
    return asked;
  }
  const fromAudio = choice.mode.secondsFromAudio !== undefined;
  const billedMore = choice.mode.minBilledSeconds !== undefined && asked >= 1 && asked < choice.mode.minBilledSeconds;
  const audioGiven = fromAudio && choice.inputs.some((input) => input.role === 'audio');
  if (!rule.values.includes(asked) && !billedMore && !audioGiven) {
    context.violations.push(violation('not_offered', paramOf(context, 'seconds'), asked, { values: rule.values }));
  }
  return asked;
}

function decideFrame(context: Context, choice: ModeChoice): { resolution: string; ratio: string } {
  const { request } = context.read;
  const resolutions = choice.mode.resolutions ?? context.row.resolutions;
  const ratios = choice.mode.ratios ?? context.row.ratios;
  const size = placedSize(context, resolutions, ratios, choice.mode.ratio === 'input');
  const label = request.resolution?.toLowerCase() ?? null;
  const resolution =
    pinned(context, 'resolution', context.pins.resolution, label ?? size?.resolution ?? null) ?? resolutions.default;
  if (!resolutions.values.includes(resolution)) {
    context.violations.push(
      violation('not_offered', paramOf(context, 'resolution'), request.resolution ?? resolution, {
        values: resolutions.values,
      }),
    );
  }
  if (label !== null && size !== null && size.resolution !== label) {
    context.notes.push(
      note(
        'overridden',
        paramOf(context, 'size'),
        `'${paramOf(context, 'resolution')}' (${label}) decides the resolution; the size only gives the shape`,
        `分辨率以“${paramOf(context, 'resolution')}”(${label})为准,尺寸仅决定画幅`,
      ),
    );
  }
  return { resolution, ratio: decideRatio(context, choice, ratios, size?.ratio ?? null) };
}

/** Where the client's exact size stands among what the model offers; a size it cannot make is a violation. */
function placedSize(
  context: Context,
  resolutions: Choices<string>,
  ratios: Choices<string>,
  followsInput: boolean,
): { resolution: string; ratio: string } | null {
  const { size } = context.read.request;
  if (size === null) return null;
  const place = placeSize(context.row, size, resolutions.values, ratios.values);
  if (place !== null) return place;
  // The label already says how fine the picture is, so the size only has to give a shape the model makes.
  const shape = ratioOf(size);
  const byShortSide = resolutions.values.find((label) => shortSideOf(label) === Math.min(size.width, size.height));
  const resolution = byShortSide ?? context.read.request.resolution?.toLowerCase() ?? context.pins.resolution ?? null;
  if (resolution !== null && (ratios.values.includes(shape) || followsInput)) return { resolution, ratio: shape };
  const allowed = offeredSizes(context.row, resolutions.values, ratios.values);
  context.violations.push(violation('not_offered', paramOf(context, 'size'), sizeText(size), { values: allowed }));
  return null;
}

function decideRatio(context: Context, choice: ModeChoice, ratios: Choices<string>, fromSize: string | null): string {
  const asked = context.read.request.ratio;
  if (choice.mode.ratio === 'input') {
    const field: RequestField | null =
      asked !== null && asked !== 'adaptive' ? 'ratio' : fromSize === null ? null : 'size';
    if (field !== null) {
      context.notes.push(
        note(
          'not_used',
          paramOf(context, field),
          'the shape of the picture decides the shape of the video',
          '视频画幅由输入图片决定',
        ),
      );
    }
    return 'adaptive';
  }
  if (asked !== null && fromSize !== null && asked !== fromSize) {
    context.violations.push(
      violation('contradiction', paramOf(context, 'ratio'), asked, null, {
        en: `'${paramOf(context, 'size')}' means ${fromSize}; send one of the two, or make them agree`,
        zh: `“${paramOf(context, 'size')}”对应 ${fromSize};请只提供其一或使两者一致`,
      }),
    );
  }
  const ratio = asked ?? fromSize ?? ratios.default;
  if (!ratios.values.includes(ratio)) {
    context.violations.push(violation('not_offered', paramOf(context, 'ratio'), ratio, { values: ratios.values }));
  }
  return ratio;
}

function decideAudio(context: Context): boolean {
  const { offered: rule, default: usual } = context.row.audio;
  const asked = pinned(context, 'audio', context.pins.audio, context.read.request.audio);
  const param = paramOf(context, 'audio');
  if (asked === true && rule === 'never') {
    context.violations.push(
      violation('not_supported', param, true, null, {
        en: `${context.row.id} makes no sound`,
        zh: `${context.row.id} 不支持生成音频`,
      }),
    );
  }
  if (asked === false && rule === 'always') {
    context.notes.push(
      note('not_used', param, `${context.row.id} always makes sound`, `${context.row.id} 始终生成音频`),
    );
    return true;
  }
  return asked ?? (rule === 'always' || usual);
}

const MAX_SEED = 4_294_967_295;

function decideSeed(context: Context): number | null {
  const seed = supported(context, 'seed', context.row.supports.seed, context.read.request.seed);
  if (seed !== null && (seed < -1 || seed > MAX_SEED)) {
    context.violations.push(violation('out_of_range', paramOf(context, 'seed'), seed, { min: -1, max: MAX_SEED }));
  }
  return seed;
}

function decideCount(context: Context): number {
  const count = context.read.request.count ?? 1;
  if (count < 1 || count > context.row.maxCount) {
    context.violations.push(
      violation('out_of_range', paramOf(context, 'count'), count, { min: 1, max: context.row.maxCount }),
    );
  }
  return count;
}

function decideOffPeak(context: Context): boolean {
  const asked = pinned(context, 'offPeak', context.pins.offPeak, context.read.request.offPeak) ?? false;
  if (asked && !context.row.supports.offPeak) {
    const subject = { en: `${context.row.id} has no off-peak price`, zh: `${context.row.id} 不支持错峰计费` };
    context.violations.push(violation('not_supported', paramOf(context, 'offPeak'), true, null, subject));
  }
  return asked;
}

function decideMotionLevel(context: Context, choice: ModeChoice): PlannedSpec['motionLevel'] {
  const asked = pinned(context, 'motionLevel', context.pins.motionLevel, context.read.request.motionLevel);
  const means = context.row.supports.motionLevel && choice.mode.name === 'motion_control';
  if (asked !== null && !means) {
    context.notes.push(
      note(
        'not_used',
        paramOf(context, 'motionLevel'),
        'it only has a meaning in motion_control',
        '仅在 motion_control 场景下有效',
      ),
    );
    return null;
  }
  return asked;
}

function decideVendor(context: Context): JsonObject {
  const home = context.read.params.vendor;
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(context.read.request.vendor)) {
    if (context.row.vendorKeys.includes(key)) kept[key] = value;
    else
      context.notes.push(
        note(
          'unknown_field',
          home === undefined ? key : `${home}.${key}`,
          `${context.row.id} has no such parameter`,
          `${context.row.id} 没有该参数`,
        ),
      );
  }
  return kept;
}

/** A field that a bundled name fixes: the request may repeat it, never contradict it. */
function pinned<T extends string | boolean>(
  context: Context,
  field: RequestField,
  pin: T | undefined,
  asked: T | null,
): T | null {
  if (pin === undefined) return asked;
  if (asked !== null && asked !== pin) {
    const model = context.read.request.model;
    context.violations.push(
      violation('contradiction', paramOf(context, field), asked, null, {
        en: `the model name ${model} fixes it to ${String(pin)}`,
        zh: `模型名 ${model} 已将其固定为 ${String(pin)}`,
      }),
    );
  }
  return pin;
}

function supported<T>(context: Context, field: RequestField, can: boolean, asked: T | null): T | null {
  if (asked === null || can) return asked;
  if (asked === false) return null;
  context.notes.push(
    note(
      'not_used',
      paramOf(context, field),
      `${context.row.id} has no such setting`,
      `${context.row.id} 不支持该设置`,
    ),
  );
  return null;
}

function decideFps(context: Context): number {
  const asked = context.read.request.fps;
  const { values, default: usual } = context.row.fps;
  if (asked === null || values.includes(asked)) return asked ?? usual;
  const list = values.join(', ');
  context.notes.push(
    note(
      'not_used',
      paramOf(context, 'fps'),
      `${context.row.id} makes ${list} frames a second`,
      `${context.row.id} 的帧率为 ${list}`,
    ),
  );
  return usual;
}

function paramOf(context: Context, field: RequestField): string {
  return context.read.params[field] ?? field;
}

function checkRules(context: Context, spec: PlannedSpec): void {
  for (const rule of context.row.rules) {
    if (breaks(rule, spec)) context.violations.push(ruleViolation(rule, context.read.params));
  }
}
