/** The create request of the `aigc` gateway. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { urlOrDataUri } from '../replies.ts';
import { addressOf, inputFields, promptWithSubjects, soundFile, unfit } from './inputs.ts';
import { modelWire, REQUEST_KEYS } from './tables.ts';
import { extInfo, modelOf, modeWire, outputConfig, ownFields, placed, present, speechOf, vendorKeys } from './wire.ts';

const MAX_FILE_INFOS = 3;
/** The gateway decides where its videos are kept, and has a word of its own for off-peak work. */
const NOT_PASSED: ReadonlySet<string> = new Set(['StorageMode', 'OffPeak']);

/** Tencent's fields in snake case, which the gateway passes on; a first frame alone, the prompt and the length are its own. */
export async function gatewayBody(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<JsonObject> {
  const { model, version } = modelOf(spec, upstream);
  const wire = { ...modelWire(model, version), size: 'label' } as const;
  const vendor = vendorKeys(spec, upstream);
  const name = property(upstream, 'name');
  const inputs = await inputFields(spec, wire, vendor, io);
  const first = spec.inputs.find(({ role }) => role === 'first_frame');
  const isAlone = first !== undefined && inputs.FileInfos?.length === 1;
  const files = isAlone ? [] : (inputs.FileInfos ?? []);
  const few = files.length <= MAX_FILE_INFOS ? files : files.filter((file) => property(file, 'Category') !== 'Image');
  if (few.length > MAX_FILE_INFOS)
    throw unfit(`The provider of this model takes up to ${MAX_FILE_INFOS} videos and sounds.`);
  const output = Object.entries(outputConfig(spec, wire, vendor)).filter(([key]) => !NOT_PASSED.has(key));
  const own = ownFields({ ...spec, motionLevel: null }, wire);
  const metadata = present({
    scene_type: modeWire(spec).sceneType,
    motion_level: spec.motionLevel,
    offpeak: spec.offPeak ? true : null,
    negative_prompt: spec.negativePrompt,
    seed: spec.seed,
    video_url: sourceVideo(spec, io),
    last_frame_url: inputs.LastFrameUrl,
    file_infos: few.length === 0 ? null : few.map(snaked),
    subject_infos: inputs.SubjectInfos === null ? null : inputs.SubjectInfos.map(snaked),
    output_config: snaked(Object.fromEntries(output)),
    ...snaked(placed(vendor, REQUEST_KEYS)),
    ext_info: extInfo(spec, vendor, { ...own, ...(await speechOf(spec, await facesOf(spec, vendor, io), io)) }),
  });
  return present({
    model: typeof name === 'string' ? name : spec.model,
    prompt: promptWithSubjects(spec.prompt, inputs.SubjectInfos) ?? '',
    seconds: String(spec.seconds),
    image: isAlone ? await urlOrDataUri(first, io) : null,
    images: few.length === files.length ? null : await picturesOf(spec, io),
    metadata,
  });
}

/** Pictures that are more than `file_infos` takes. */
async function picturesOf(spec: VideoSpec, io: ProviderIo): Promise<readonly string[]> {
  const pictures: string[] = [];
  for (const input of spec.inputs) {
    if (input.role === 'reference_image') pictures.push(await urlOrDataUri(input, io));
  }
  return pictures;
}

/** The video whose lips are to move: the gateway looks for the faces. */
function sourceVideo(spec: VideoSpec, io: ProviderIo): string | null {
  const video = spec.mode === 'lip_sync' ? spec.inputs.find((input) => input.role === 'source_video') : undefined;
  return video === undefined ? null : addressOf(video, io);
}

async function facesOf(spec: VideoSpec, vendor: JsonObject, io: ProviderIo): Promise<JsonObject> {
  if (spec.mode !== 'lip_sync') return {};
  const sound = await soundFile(spec, io);
  const voice: JsonObject = sound === null ? given(vendor, ['audio_id', 'sound_file']) : { sound_file: sound };
  const faces = property(vendor, 'face_choose');
  const [first] = Array.isArray(faces) ? faces : [];
  if (!isObject(first)) return { ...given(vendor, ['session_id']), ...voice };
  return { ...given(vendor, ['session_id']), face_choose: [{ ...first, ...voice }] };
}

function given(vendor: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(vendor).filter(([key]) => keys.includes(key)));
}

function snaked(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, value]): [string, Json] => [snake(key), value]));
}

function snake(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
