/** Where each field of a spec goes in the plain requests of relays: a table for each wire, in place of code. */

import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { InputRole } from '../model/request.ts';
import { INPUT_ROLES, ROLE_KINDS } from '../model/request.ts';
import type { SpecInput, VideoSpec } from '../model/spec.ts';
import type { ProviderIo } from './provider.ts';
import { urlOrDataUri, urlOrLink } from './replies.ts';

/** What is to be said; `model` is the name by which the relay knows the model. */
export type Wanted = { readonly spec: VideoSpec; readonly model: string; readonly io: ProviderIo };

type Saying = (wanted: Wanted) => Json | Promise<Json>;

/** More files than this do not fit into `fileInfos`. */
const MAX_FILE_INFOS = 3;
const MANY = 32;
/** Shapes that are chosen; any other is that of a picture. */
const RATIOS: readonly string[] = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '3:2', '2:3'];

/** Null and empty lists are left out; `false` and 0 are said. */
const FIELDS = {
  model: ({ model }) => model,
  prompt: ({ spec }) => spec.prompt ?? '',
  negativePrompt: ({ spec }) => spec.negativePrompt,
  seconds: ({ spec }) => spec.seconds,
  secondsText: ({ spec }) => String(spec.seconds),
  size: ({ spec }) => sizeOf(spec),
  width: ({ spec }) => spec.width,
  height: ({ spec }) => spec.height,
  resolution: ({ spec }) => spec.resolution,
  ratio: ({ spec }) => (RATIOS.includes(spec.ratio) ? spec.ratio : null),
  ratioOrAdaptive: ({ spec }) => (RATIOS.includes(spec.ratio) ? spec.ratio : 'adaptive'),
  orientation: ({ spec }) => (spec.width < spec.height ? 'portrait' : 'landscape'),
  fps: ({ spec }) => spec.fps,
  audio: ({ spec }) => spec.audio,
  bgm: ({ spec }) => spec.bgm,
  seed: ({ spec }) => spec.seed,
  offPeak: ({ spec }) => spec.offPeak,
  motionLevel: ({ spec }) => spec.motionLevel,
  watermark: ({ spec }) => spec.watermark,
  scene: ({ spec }) => spec.scene,
  callbackUrl: ({ io }) => io.callbackUrl,
  firstFrame: (wanted) => oneOf(wanted, ['first_frame']),
  lastFrame: (wanted) => oneOf(wanted, ['last_frame']),
  pictures: (wanted) => all(wanted, ['first_frame', 'last_frame', 'reference_image']),
  references: (wanted) => all(wanted, ['reference_image']),
  /** Files with what each is for; pictures only where all files fit in. */
  fileInfos: (wanted) => fileInfos(wanted),
  /** The pictures that `fileInfos` has no room for. */
  manyReferences: async (wanted) => (fitsInfos(wanted.spec) ? [] : all(wanted, ['reference_image'])),
  video: (wanted) => oneOf(wanted, ['source_video', 'motion_video']),
  /** The relay's own task that made the source video. */
  sourceTask: (wanted) => sourceTask(wanted),
  sound: (wanted) => oneOf(wanted, ['audio']),
} satisfies Readonly<Record<string, Saying>>;

export type Field = keyof typeof FIELDS;

/** Paths such as `metadata.seed`; a field without a place is not said. */
export type Places = Readonly<Partial<Record<Field, string | readonly string[]>>>;

/** Which inputs a field tells of, and how many of them. */
const CARRIES: Readonly<Partial<Record<Field, Readonly<Partial<Record<InputRole, number>>>>>> = {
  firstFrame: { first_frame: 1 },
  lastFrame: { last_frame: 1 },
  pictures: { first_frame: 1, last_frame: 1, reference_image: MANY },
  references: { reference_image: MANY },
  fileInfos: { reference_image: MAX_FILE_INFOS, reference_video: MAX_FILE_INFOS },
  manyReferences: { reference_image: MANY },
  video: { source_video: 1, motion_video: 1 },
  sound: { audio: 1 },
};

/** The kind of input of which the spec has more than these places can tell; null where all can be told. */
export function unsaidInput(spec: VideoSpec, places: Places, file: InputRole | null): InputRole | null {
  const said = (role: InputRole): number =>
    (Object.keys(places) as Field[]).reduce((sum, field) => sum + (CARRIES[field]?.[role] ?? 0), role === file ? 1 : 0);
  return INPUT_ROLES.find((role) => count(spec, role) > said(role)) ?? null;
}

/** The body of a request, laid over `base`. */
export async function placed(wanted: Wanted, places: Places, base: JsonObject): Promise<JsonObject> {
  const body: Record<string, Json> = { ...base };
  for (const [field, paths] of Object.entries(places)) {
    const value = await FIELDS[field as Field](wanted);
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    for (const path of [paths].flat()) put(body, path.split('.'), value);
  }
  return body;
}

export function sizeOf({ width, height }: VideoSpec): string {
  return `${width}x${height}`;
}

function put(into: Record<string, Json>, [step = '', ...rest]: readonly string[], value: Json): void {
  const below: Record<string, Json> = { ...(isObject(into[step]) ? into[step] : {}) };
  if (rest.length > 0) put(below, rest, value);
  into[step] = rest.length > 0 ? below : value;
}

function count({ inputs }: VideoSpec, role: InputRole): number {
  return inputs.filter((input) => input.role === role).length;
}

function all({ spec, io }: Wanted, roles: readonly InputRole[]): Promise<string[]> {
  return Promise.all(spec.inputs.filter(({ role }) => roles.includes(role)).map((input) => carried(input, io)));
}

async function oneOf(wanted: Wanted, roles: readonly InputRole[]): Promise<string | null> {
  return (await all(wanted, roles))[0] ?? null;
}

/** Videos are too large to travel inside a request where there is another way. */
async function carried(input: SpecInput, io: ProviderIo): Promise<string> {
  const link = input.mime.startsWith('video/') ? urlOrLink(input, io) : null;
  return link ?? urlOrDataUri(input, io);
}

function fitsInfos(spec: VideoSpec): boolean {
  return count(spec, 'reference_image') + count(spec, 'reference_video') <= MAX_FILE_INFOS;
}

function fileInfos({ spec, io }: Wanted): Promise<JsonObject[]> {
  const roles: readonly InputRole[] = fitsInfos(spec) ? ['reference_image', 'reference_video'] : ['reference_video'];
  const told = spec.inputs.filter(({ role }) => roles.includes(role));
  return Promise.all(
    told.map(async (input) => ({
      type: 'Url',
      category: ROLE_KINDS[input.role] === 'video' ? 'Video' : 'Image',
      url: await carried(input, io),
      usage: 'Reference',
    })),
  );
}

async function sourceTask({ spec, io }: Wanted): Promise<string | null> {
  const jobId = spec.inputs.find(({ role }) => role === 'source_video')?.jobId ?? null;
  return jobId === null ? null : ((await io.taskOf(jobId))?.id ?? null);
}
