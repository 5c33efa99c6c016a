/** The second half of resolving: what only the bytes of the inputs can tell. */

import type { ModeRow, ModelRow } from './catalogue.ts';
import { adaptiveSize, frameSize, ratioOf } from './frame-size.ts';
import type { Size } from './request.ts';
import { modeOf } from './resolve-inputs.ts';
import type { PlannedInput, PlannedSpec, SpecInput, VideoSpec } from './spec.ts';
import { violation } from './violation.ts';
import type { Violation } from './violation.ts';

export type Completion =
  | { readonly ok: true; readonly spec: VideoSpec }
  | { readonly ok: false; readonly violations: readonly Violation[] };

/** Roles whose picture gives the video its shape, the deciding one first. */
const SHAPING_ROLES: readonly SpecInput['role'][] = [
  'first_frame',
  'source_video',
  'motion_video',
  'reference_image',
  'reference_video',
];

/** `inputs` in the order of `planned.inputs`. */
export function complete(planned: PlannedSpec, row: ModelRow, inputs: readonly SpecInput[]): Completion {
  const mode = modeOf(row, planned.mode);
  if (mode === null) throw new RangeError(`${row.id} has no mode ${planned.mode}`);
  const length = lengthOf(planned, mode, inputs);
  if ('violation' in length) return { ok: false, violations: [length.violation] };
  const size = sizeOf(planned, row, inputs);
  const spec: VideoSpec = {
    ...planned,
    inputs,
    seconds: length.seconds,
    billedSeconds: Math.max(length.seconds, mode.minBilledSeconds ?? 0),
    ratio: planned.ratio === 'adaptive' ? ratioOf(size) : planned.ratio,
    width: size.width,
    height: size.height,
  };
  return { ok: true, spec };
}

function sizeOf(planned: PlannedSpec, row: ModelRow, inputs: readonly SpecInput[]): Size {
  if (planned.ratio !== 'adaptive') return frameSize(row, planned.resolution, planned.ratio);
  const shaping = SHAPING_ROLES.map((role) => inputs.find((input) => input.role === role)).find(
    (input) => input !== undefined,
  );
  if (shaping === undefined || shaping.width === null || shaping.height === null) {
    return frameSize(row, planned.resolution, row.ratios.default === 'adaptive' ? '16:9' : row.ratios.default);
  }
  return adaptiveSize(planned.resolution, { width: shaping.width, height: shaping.height });
}

/** A given audio track or video sets the length where the mode says so, in whole seconds rounded up. */
function lengthOf(
  planned: PlannedSpec,
  mode: ModeRow,
  inputs: readonly SpecInput[],
): { seconds: number } | { violation: Violation } {
  const rules = [
    { role: 'audio', limit: mode.secondsFromAudio },
    { role: 'source_video', limit: mode.secondsFromVideo },
    { role: 'motion_video', limit: mode.secondsFromVideo },
  ] as const;
  const rule = rules.find(({ role, limit }) => limit !== undefined && inputs.some((input) => input.role === role));
  const at = inputs.findIndex((input) => input.role === rule?.role);
  const durationMs = inputs[at]?.durationMs ?? null;
  if (rule?.limit === undefined || durationMs === null) return { seconds: planned.seconds };
  const seconds = Math.max(1, Math.ceil(durationMs / 1000));
  const { max } = rule.limit;
  const orSaid = rule.role === 'motion_video' && mode.secondsFromVideo?.orSaid === true;
  if (seconds <= max) return { seconds: orSaid ? Math.max(seconds, planned.seconds) : seconds };
  const param = (planned.inputs[at] as PlannedInput).param;
  return { violation: violation('out_of_range', param, `${seconds} s`, { min: 1, max, unit: 's' }) };
}
