/** Everything the catalogue offers through one provider: each model in each mode, at each resolution and the ends of its lengths. */

import { listModels } from '../../src/catalogue/index.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { ModelRow, ModeRow } from '../../src/model/catalogue.ts';
import { frameSize } from '../../src/model/frame-size.ts';
import { breaks } from '../../src/model/resolve.ts';
import { INPUT_ROLES, ROLE_KINDS, SCENES } from '../../src/model/request.ts';
import type { SpecInput, VideoSpec } from '../../src/model/spec.ts';
import { SPEC } from '../support/rows.ts';
import { inputOf } from './suite.ts';

export type Served = { readonly name: string; readonly spec: VideoSpec; readonly upstream: JsonObject };

const FILES = {
  image: { end: 'png', mime: 'image/png' },
  video: { end: 'mp4', mime: 'video/mp4' },
  audio: { end: 'mp3', mime: 'audio/mpeg' },
} as const;

/** `vendor`: keys without which a model means nothing to its vendor, by the model's name. */
export function served(provider: string, vendor: Readonly<Record<string, JsonObject>> = {}): readonly Served[] {
  return listModels().flatMap((row) =>
    row.servings
      .filter((serving) => serving.provider === provider)
      .flatMap(({ modes, upstream }) =>
        row.modes
          .filter((mode) => modes?.includes(mode.name) ?? true)
          .flatMap((mode) =>
            specsOf(row, mode).map((spec) => ({
              name: nameOf(spec),
              spec: { ...spec, vendor: vendor[row.id] ?? {} },
              upstream,
            })),
          ),
      ),
  );
}

function nameOf({ model, mode, resolution, seconds }: VideoSpec): string {
  return `${model} ${mode} ${resolution} ${seconds} s`;
}

function specsOf(row: ModelRow, mode: ModeRow): readonly VideoSpec[] {
  const { values } = mode.seconds ?? row.seconds;
  const lengths = [...new Set([values[0] ?? 5, values.at(-1) ?? 5])];
  const all = (mode.resolutions ?? row.resolutions).values.flatMap((resolution) =>
    lengths.map((seconds) => ({
      ...specOf(row, mode, seconds),
      resolution,
      ...frameSize(row, resolution, SPEC.ratio),
    })),
  );
  return all.filter((spec) => !row.rules.some((rule) => breaks(rule, spec)));
}

function specOf(row: ModelRow, mode: ModeRow, seconds: number): VideoSpec {
  return {
    ...SPEC,
    model: row.id,
    requestedModel: row.id,
    mode: mode.name,
    scene: SCENES.find((scene) => scene === mode.name) ?? null,
    inputs: inputsOf(mode, seconds),
    seconds,
    audio: row.audio.default,
  };
}

/** As few as the mode takes; key frames as many as the length needs. */
function inputsOf(mode: ModeRow, seconds: number): readonly SpecInput[] {
  const needed = INPUT_ROLES.map((role) => ({ role, min: mode.inputs[role]?.min ?? 0 }));
  const wanted = needed.every(({ min }) => min === 0) ? needed.filter(({ role }) => mode.inputs[role]).slice(0, 1) : [];
  const counts = [...needed, ...wanted.map(({ role }) => ({ role, min: 1 }))];
  return counts.flatMap(({ role, min }) => {
    const { end, mime } = FILES[ROLE_KINDS[role]];
    const count =
      mode.name === 'multi_frame' && role === 'reference_image' ? Math.max(min, Math.ceil(seconds / 7)) : min;
    return Array.from({ length: count }, (_, at) => inputOf(role, `https://example.com/${at}.${end}`, mime));
  });
}
