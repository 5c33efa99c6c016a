/** The body of a video of Kling's first generation: the fields its kind takes, and its files. */

import { property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole } from '../../model/request.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { base64Of, urlOrBase64 } from '../replies.ts';
import { chosenFace, earlierVideoId } from './before.ts';
import { common, given, picked, seenBy } from './parts.ts';
import { refusal } from './refuse.ts';
import { KINDS, MODES, OLD_EFFECT_MODELS, SILENT_MODELS, USUAL_ORIENTATION } from './tables.ts';
import type { Kind } from './tables.ts';

type FileFields = (spec: VideoSpec, model: string, io: ProviderIo) => Promise<JsonObject>;

const SPEECH_KEYS = ['voice_id', 'voice_language', 'voice_speed'];

const FILE_FIELDS: Readonly<Record<Kind, FileFields>> = {
  text2video: async () => ({}),
  image2video: async (spec, _model, io) =>
    given({
      image: await pictureOf(one(spec, 'first_frame'), io),
      image_tail: await pictureOf(one(spec, 'last_frame'), io),
    }),
  'multi-image2video': async (spec, _model, io) => ({
    image_list: await Promise.all(
      all(spec, 'reference_image').map(async (input) => ({ image: await urlOrBase64(input, io) })),
    ),
  }),
  'omni-video': omniFiles,
  'video-extend': async (spec, _model, io) => {
    const videoId = await earlierVideoId(one(spec, 'source_video'), io);
    if (videoId !== null) return { video_id: videoId };
    throw refusal('channel_unfit', 'Kling extends only videos that it made for this same account.');
  },
  'motion-control': async (spec, _model, io) => ({
    ...given({ image_url: await pictureOf(one(spec, 'first_frame'), io) }),
    ...videoUrl(one(spec, 'motion_video'), io),
    character_orientation: property(spec.vendor, 'character_orientation') ?? USUAL_ORIENTATION,
    ...(spec.audio ? { keep_original_sound: 'yes' } : {}),
  }),
  effects: effectInput,
  'lip-sync': lipSyncInput,
  'advanced-lip-sync': chosenFace,
  'avatar/image2video': async (spec, _model, io) =>
    given({
      image: await pictureOf(one(spec, 'first_frame'), io),
      sound_file: (await pictureOf(one(spec, 'audio'), io)) ?? property(spec.vendor, 'sound_file') ?? null,
    }),
};

/** Throws a refusal for what the wire cannot say. */
export async function videoBody(
  spec: VideoSpec,
  { home, model }: { readonly home: Kind; readonly model: string },
  io: ProviderIo,
): Promise<JsonObject> {
  const { fields, keys } = KINDS[home];
  const said = {
    model_name: model,
    prompt: spec.prompt,
    negative_prompt: spec.negativePrompt,
    mode: MODES[spec.resolution] ?? spec.resolution,
    duration: String(spec.seconds),
    // Other modes take their shape from the picture or the video.
    aspect_ratio: spec.mode === 'text' || spec.mode === 'reference' ? spec.ratio : null,
    sound: SILENT_MODELS.has(model) && !spec.audio ? null : spec.audio ? 'on' : 'off',
  };
  if (spec.negativePrompt !== null && !fields.some((field) => field === 'negative_prompt'))
    throw refusal('channel_unfit', `Kling takes no negative prompt for ${home}. Say in the prompt what to avoid.`);
  return {
    ...given(picked(said, fields)),
    ...(await FILE_FIELDS[home](spec, model, io)),
    ...picked(spec.vendor, keys),
    ...common(spec, home, io),
  };
}

/** Pictures with the place of a frame or none; a video to be changed is the base, any other only a feature. */
async function omniFiles(spec: VideoSpec, _model: string, io: ProviderIo): Promise<JsonObject> {
  const types: Readonly<Partial<Record<InputRole, JsonObject>>> = {
    first_frame: { type: 'first_frame' },
    last_frame: { type: 'end_frame' },
    reference_image: {},
  };
  const pictures = await Promise.all(
    spec.inputs.flatMap((input) => {
      const type = types[input.role];
      return type === undefined ? [] : [urlOrBase64(input, io).then((url) => ({ image_url: url, ...type }))];
    }),
  );
  const videos = spec.inputs.flatMap((input) => {
    if (input.role !== 'source_video' && input.role !== 'reference_video') return [];
    const refer = input.role === 'source_video' ? 'base' : 'feature';
    return [{ video_url: seenBy(input, io), refer_type: refer, ...picked(spec.vendor, ['keep_original_sound']) }];
  });
  return {
    ...(pictures.length === 0 ? {} : { image_list: pictures }),
    ...(videos.length === 0 ? {} : { video_list: videos }),
  };
}

async function effectInput(spec: VideoSpec, model: string, io: ProviderIo): Promise<JsonObject> {
  const pictures = await Promise.all(all(spec, 'reference_image').map((input) => urlOrBase64(input, io)));
  const old = { model_name: model, mode: MODES[spec.resolution] ?? spec.resolution, duration: String(spec.seconds) };
  const [first = ''] = pictures;
  return {
    input: {
      ...(OLD_EFFECT_MODELS.has(model) ? old : {}),
      ...(pictures.length > 1 ? { images: pictures } : { image: first }),
    },
  };
}

/** An audio track, or a text that a voice of the vendor speaks. */
async function lipSyncInput(spec: VideoSpec, _model: string, io: ProviderIo): Promise<JsonObject> {
  const video = videoUrl(one(spec, 'source_video'), io);
  const audio = one(spec, 'audio');
  if (audio === null) {
    const text = property(spec.vendor, 'text') ?? spec.prompt;
    return { input: { mode: 'text2video', ...video, text, ...picked(spec.vendor, SPEECH_KEYS) } };
  }
  const sound =
    audio.url === null
      ? { audio_type: 'file', audio_file: await base64Of(audio, io) }
      : { audio_type: 'url', audio_url: audio.url };
  return { input: { mode: 'audio2video', ...video, ...sound } };
}

async function pictureOf(input: SpecInput | null, io: ProviderIo): Promise<Json> {
  return input === null ? null : urlOrBase64(input, io);
}

function videoUrl(input: SpecInput | null, io: ProviderIo): JsonObject {
  return input === null ? {} : { video_url: seenBy(input, io) };
}

function one(spec: VideoSpec, role: InputRole): SpecInput | null {
  return spec.inputs.find((input) => input.role === role) ?? null;
}

function all(spec: VideoSpec, role: InputRole): readonly SpecInput[] {
  return spec.inputs.filter((input) => input.role === role);
}
