/** Decides what each input is for and which mode of the model they make together. */

import type { ModeRow, ModelMatch, ModelRow } from './catalogue.ts';
import { ROLE_KINDS, INPUT_ROLES } from './request.ts';
import type { InputRole, MediaKind, ReadRequest, RequestInput, Scene } from './request.ts';
import type { ModeName, PlannedInput } from './spec.ts';
import { violation } from './violation.ts';
import type { Violation } from './violation.ts';

const MAX_INPUTS = 32;

/** How clients know each role, for messages. */
const ROLE_WORDS: Readonly<Record<InputRole, { en: string; zh: string }>> = {
  first_frame: { en: 'a first-frame image', zh: '首帧图片' },
  last_frame: { en: 'a last-frame image', zh: '尾帧图片' },
  reference_image: { en: 'a reference image', zh: '参考图片' },
  reference_video: { en: 'a reference video', zh: '参考视频' },
  motion_video: { en: 'a reference video with the motion', zh: '动作参考视频' },
  source_video: { en: 'a source video', zh: '源视频' },
  audio: { en: 'an audio track', zh: '音频' },
};

export type ModeChoice = { readonly mode: ModeRow; readonly inputs: readonly PlannedInput[] };

/** Picks the mode and gives each input its role, or says what does not fit. */
export function chooseMode(read: ReadRequest, match: ModelMatch): { choice: ModeChoice } | { violations: Violation[] } {
  const { request } = read;
  if (request.inputs.length > MAX_INPUTS) {
    return {
      violations: [
        violation('too_many', inputParam(request.inputs), request.inputs.length, { min: 0, max: MAX_INPUTS }),
      ],
    };
  }
  const { scene: pinned = null } = match.pins;
  if (request.scene !== null && pinned !== null && request.scene !== pinned)
    return { violations: [otherScene(read, request.scene, pinned)] };
  const scene = request.scene ?? pinned;
  if (scene === null) return chooseByInputs(read, match);
  const mode = modeOf(match.row, scene);
  if (mode === null) return { violations: [sceneNotOffered(read, match.row, scene)] };
  return checked(read, { mode, inputs: assignToScene(request.inputs, mode) });
}

function chooseByInputs(read: ReadRequest, match: ModelMatch): { choice: ModeChoice } | { violations: Violation[] } {
  const inputs = assignByShape(read.request.inputs, match);
  const roles = new Set(inputs.map((input) => input.role));
  if (roles.has('last_frame') && !roles.has('first_frame')) {
    const last = inputs.find((input) => input.role === 'last_frame');
    const first = read.roleParams.first_frame;
    const subject = {
      en: `a first frame as well${first === undefined ? '' : ` ('${first}')`}`,
      zh: `同时提供首帧${first === undefined ? '' : `(“${first}”)`}`,
    };
    return { violations: [violation('needs', last?.param ?? 'last_frame', 'given', null, subject)] };
  }
  if (match.pins.reference === false && (roles.has('reference_image') || roles.has('reference_video'))) {
    return { violations: [referenceForbidden(read, inputs)] };
  }
  if (match.pins.reference === true && (roles.has('first_frame') || roles.has('last_frame'))) {
    return { violations: [framesForbidden(read, inputs)] };
  }
  const name = modeNameOf(roles, match);
  const mode = modeOf(match.row, name);
  if (mode === null) return { violations: [modeNotOffered(read, match.row, name, inputs)] };
  return checked(read, { mode, inputs });
}

function modeNameOf(roles: ReadonlySet<InputRole>, match: ModelMatch): ModeName {
  if (roles.has('reference_image') || roles.has('reference_video') || match.pins.reference === true) return 'reference';
  if (roles.has('last_frame')) return 'first_last';
  if (roles.has('first_frame')) return 'first_frame';
  const sceneOf: Partial<Record<InputRole, ModeName>> = { motion_video: 'motion_control', source_video: 'lip_sync' };
  const scene = [...roles].map((role) => sceneOf[role]).find((name) => name !== undefined);
  return scene ?? 'text';
}

/** Without a scene: one picture is the first frame, two are first and last, more are references, as far as the model can. */
function assignByShape(inputs: readonly RequestInput[], match: ModelMatch): PlannedInput[] {
  const loose = inputs.filter((input) => input.role === 'image').length;
  const has = (role: InputRole): boolean => inputs.some((input) => input.role === role);
  const framesFit =
    loose <= 2 &&
    (has('last_frame') ||
      loose === 0 ||
      modeOf(match.row, loose === 2 ? 'first_last' : 'first_frame') !== null ||
      modeOf(match.row, 'reference') === null);
  const asReference =
    match.pins.reference === true ||
    has('reference_image') ||
    has('reference_video') ||
    inputs.some((input) => input.role === 'video') ||
    !framesFit;
  let framesGiven = has('first_frame') ? 1 : 0;
  return inputs.map((input) => {
    if (input.role === 'video') return { ...input, role: 'reference_video' };
    if (input.role !== 'image') return { ...input, role: input.role };
    if (asReference) return { ...input, role: 'reference_image' };
    const role = framesGiven === 0 ? 'first_frame' : 'last_frame';
    framesGiven += 1;
    return { ...input, role };
  });
}

/** With a scene, its mode says what pictures and videos are for. */
function assignToScene(inputs: readonly RequestInput[], mode: ModeRow): PlannedInput[] {
  const roleFor = (kind: MediaKind): InputRole | null =>
    INPUT_ROLES.find((role) => ROLE_KINDS[role] === kind && mode.inputs[role] !== undefined) ?? null;
  return inputs.map((input) => {
    if (input.role === 'image') return { ...input, role: roleFor('image') ?? 'reference_image' };
    const isVideo = input.role === 'video' || ROLE_KINDS[input.role] === 'video';
    if (isVideo) return { ...input, role: roleFor('video') ?? 'reference_video' };
    return { ...input, role: input.role };
  });
}

function checked(read: ReadRequest, choice: ModeChoice): { choice: ModeChoice } | { violations: Violation[] } {
  const violations: Violation[] = [];
  for (const role of INPUT_ROLES) {
    const given = choice.inputs.filter((input) => input.role === role);
    const count = choice.mode.inputs[role] ?? null;
    if (count === null) {
      if (given.length > 0) violations.push(roleNotOffered(choice, role, given));
    } else if (given.length > count.max) {
      violations.push(violation('too_many', inputParam(given), given.length, { min: count.min, max: count.max }));
    } else if (given.length < count.min) {
      violations.push(roleMissing(read, choice.mode, role, given.length, count.min));
    }
  }
  return violations.length > 0 ? { violations } : { choice };
}

function roleMissing(read: ReadRequest, mode: ModeRow, role: InputRole, given: number, min: number): Violation {
  const param = read.roleParams[role] ?? role;
  const words = ROLE_WORDS[role];
  const times = min > 1 ? ` (${given}/${min})` : '';
  const subject = { en: `${words.en} ('${param}')${times}`, zh: `${words.zh}(“${param}”)${times}` };
  return mode.name === read.request.scene && read.params.scene !== undefined
    ? violation('needs', read.params.scene, read.request.scene, null, subject)
    : violation('missing', param, null, null, {
        en: `by this model: ${words.en}${times}`,
        zh: `该模型需要${words.zh}${times}`,
      });
}

function roleNotOffered(choice: ModeChoice, role: InputRole, given: readonly PlannedInput[]): Violation {
  const words = ROLE_WORDS[role];
  return violation('not_supported', inputParam(given), 'given', null, {
    en: `the mode ${choice.mode.name} of this model takes no ${words.en.replace(/^an? /, '')}`,
    zh: `该模型的 ${choice.mode.name} 模式不接受${words.zh}`,
  });
}

function referenceForbidden(read: ReadRequest, inputs: readonly PlannedInput[]): Violation {
  const { model } = read.request;
  return violation('contradiction', inputParam(inputs), 'a reference', null, {
    en: `the model name ${model} takes no reference inputs, only text or a first and last frame`,
    zh: `模型名 ${model} 不接受参考素材,仅支持文本或首尾帧`,
  });
}

function framesForbidden(read: ReadRequest, inputs: readonly PlannedInput[]): Violation {
  const { model } = read.request;
  return violation('contradiction', inputParam(inputs), 'a frame', null, {
    en: `the model name ${model} takes references, not a first or last frame`,
    zh: `模型名 ${model} 仅接受参考素材,不接受首尾帧`,
  });
}

function otherScene(read: ReadRequest, asked: Scene, pinned: Scene): Violation {
  const { model } = read.request;
  return violation('contradiction', read.params.scene ?? 'scene', asked, null, {
    en: `the model name ${model} fixes it to ${pinned}`,
    zh: `模型名 ${model} 已将其固定为 ${pinned}`,
  });
}

function sceneNotOffered(read: ReadRequest, row: ModelRow, scene: Scene): Violation {
  const offered = row.modes
    .map((mode) => mode.name)
    .filter((name) => !['text', 'first_frame', 'first_last', 'reference'].includes(name));
  return violation('not_offered', read.params.scene ?? 'scene', scene, {
    values: offered.length === 0 ? ['(none)'] : offered,
  });
}

function modeNotOffered(read: ReadRequest, row: ModelRow, name: ModeName, inputs: readonly PlannedInput[]): Violation {
  const offered = row.modes.map((mode) => mode.name).join(', ');
  if (inputs.length === 0) {
    const role: InputRole = modeOf(row, 'first_frame') === null ? 'reference_image' : 'first_frame';
    const param = read.roleParams[role] ?? role;
    return violation('missing', param, null, null, {
      en: `by ${row.id}, which makes no video from text alone (its modes: ${offered})`,
      zh: `${row.id} 不支持纯文本生成(支持的模式:${offered})`,
    });
  }
  return violation('not_supported', inputParam(inputs), name, null, {
    en: `${row.id} does not offer the mode ${name} (its modes: ${offered})`,
    zh: `${row.id} 不支持 ${name} 模式(支持的模式:${offered})`,
  });
}

export function modeOf(row: ModelRow, name: ModeName): ModeRow | null {
  return row.modes.find((mode) => mode.name === name) ?? null;
}

/** The field that all of these came from, without their indexes; the first one's otherwise. */
function inputParam(inputs: readonly { readonly param: string }[]): string {
  const params = inputs.map((input) => input.param.replace(/\[\d+\].*$/, ''));
  return params[params.length - 1] ?? 'images';
}
