/** How each endpoint of Vidu is given its pictures, videos and sounds: an address, the bytes, or the vendor's own creation. */

import { FailureError } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { InputRole } from '../../model/request.ts';
import type { ModeName, SpecInput, VideoSpec } from '../../model/spec.ts';
import type { ProviderIo, UpstreamTask } from '../provider.ts';
import { urlOrDataUri, urlOrLink } from '../replies.ts';

/** A body may have 20 MB, and base64 makes four bytes of three. */
const MAX_INLINE_BYTES = 14_000_000;
const KEY_FRAME_SECONDS = { min: 2, max: 7 } as const;

/** What the endpoints may ask about: the id of the first creation of an own task, null where it cannot be told. */
export type MediaIo = Pick<ProviderIo, 'files' | 'taskOf'> & {
  readonly creationOf: (task: UpstreamTask) => Promise<string | null>;
};

/** The fields of a request that hold media. Throws a `FailureError` for what the vendor cannot be given. */
export async function mediaOf(spec: VideoSpec, io: MediaIo): Promise<JsonObject> {
  const fields = MEDIA[spec.mode];
  return fields === undefined ? {} : fields(spec, io);
}

const MEDIA: Readonly<Partial<Record<ModeName, (spec: VideoSpec, io: MediaIo) => Promise<JsonObject>>>> = {
  first_frame: async (spec, io) => ({ images: await addresses(spec, ['first_frame'], io) }),
  first_last: async (spec, io) => ({ images: await addresses(spec, ['first_frame', 'last_frame'], io) }),
  reference,
  multi_frame: keyFrames,
  template_effect: async (spec, io) => ({ images: await addresses(spec, ['reference_image'], io) }),
  lip_sync: speech,
  extend: async (spec, io) => ({
    ...(await sourceVideo(spec, io)),
    ...unlessEmpty('images', await addresses(spec, ['last_frame'], io)),
  }),
  upscale: sourceVideo,
};

/** The first pictures and videos show the subjects, as many as each says; the others stand by themselves. */
async function reference(spec: VideoSpec, io: MediaIo): Promise<JsonObject> {
  const images = await addresses(spec, ['reference_image'], io);
  const videos = await addresses(spec, ['reference_video'], io);
  const subjects = takeSubjects(property(spec.vendor, 'subjects') ?? [], images, videos);
  return {
    ...unlessEmpty('subjects', subjects),
    ...unlessEmpty('images', images),
    ...unlessEmpty('videos', videos),
    ...unlessEmpty('sounds', await addresses(spec, ['audio'], io)),
  };
}

/** Takes what shows the subjects out of `images` and `videos`. */
function takeSubjects(wanted: Json, images: string[], videos: string[]): readonly JsonObject[] {
  if (!Array.isArray(wanted)) throw unfit("'subjects' is a list of objects");
  return wanted.map((subject: Json) => {
    if (!isObject(subject)) throw unfit("'subjects' is a list of objects");
    const { images: pictures = 0, videos: clips = 0, ...words } = subject;
    return {
      ...words,
      ...unlessEmpty('images', take(images, pictures)),
      ...unlessEmpty('videos', take(videos, clips)),
    };
  });
}

function take(from: string[], count: Json): readonly string[] {
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > from.length)
    throw unfit("'images' and 'videos' of a subject say how many of the references show it");
  return from.splice(0, count);
}

async function keyFrames(spec: VideoSpec, io: MediaIo): Promise<JsonObject> {
  const [start = null] = await addresses(spec, ['first_frame'], io);
  const images = await addresses(spec, ['reference_image'], io);
  const settings = property(spec.vendor, 'image_settings');
  const words = settings === undefined ? evenly(spec, images.length) : asSaid(settings, spec, images.length);
  return { start_image: start, image_settings: words.map((word, at) => ({ ...word, key_image: images[at] ?? null })) };
}

type KeyFrame = { readonly prompt?: string; readonly duration: number };

/** Together as long as what is paid for. */
function asSaid(settings: Json, { prompt, seconds }: VideoSpec, count: number): readonly KeyFrame[] {
  const frames = Array.isArray(settings) ? settings.filter(isObject) : [];
  const words = frames.map((frame) => {
    const own = property(frame, 'prompt');
    return { ...promptField(typeof own === 'string' && own !== '' ? own : prompt), duration: lengthOf(frame) };
  });
  if (words.length !== count) throw unfit(`'image_settings' has one object for each of the ${count} key frames`);
  const sum = words.reduce((total, { duration }) => total + duration, 0);
  if (sum !== seconds)
    throw unfit(`the lengths in 'image_settings' make ${sum} seconds together, but ${seconds} are asked for`);
  return words;
}

function lengthOf(frame: JsonObject): number {
  const seconds = property(frame, 'duration');
  const { min, max } = KEY_FRAME_SECONDS;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < min || seconds > max)
    throw unfit(`each 'duration' in 'image_settings' is ${min} to ${max} seconds`);
  return seconds;
}

/** The same length for each, the first ones a second longer where it does not come out even. */
function evenly({ prompt, seconds }: VideoSpec, count: number): readonly KeyFrame[] {
  const { min, max } = KEY_FRAME_SECONDS;
  if (seconds < min * count || seconds > max * count)
    throw unfit(`${count} key frames make a video of ${min * count} to ${max * count} seconds`);
  const short = Math.floor(seconds / count);
  return Array.from({ length: count }, (_, at) => ({
    ...promptField(prompt),
    duration: at < seconds % count ? short + 1 : short,
  }));
}

function promptField(prompt: string | null): { readonly prompt?: string } {
  return prompt === null ? {} : { prompt };
}

/** A track, or the words to be spoken. */
async function speech(spec: VideoSpec, io: MediaIo): Promise<JsonObject> {
  const [video = null] = await addresses(spec, ['source_video'], io);
  const [audio] = await addresses(spec, ['audio'], io);
  if (audio !== undefined) return { video_url: video, audio_url: audio };
  if (spec.prompt === null) throw unfit('a lip sync needs an audio track, or the words to be spoken as the prompt');
  return { video_url: video, text: spec.prompt };
}

/** The vendor need not fetch what it made itself. */
async function sourceVideo(spec: VideoSpec, io: MediaIo): Promise<JsonObject> {
  const jobId = spec.inputs.find(({ role }) => role === 'source_video')?.jobId ?? null;
  const task = jobId === null ? null : await io.taskOf(jobId);
  const creation = task === null ? null : await io.creationOf(task);
  if (creation !== null) return { video_creation_id: creation };
  const [video = null] = await addresses(spec, ['source_video'], io);
  return { video_url: video };
}

/** In the order of `roles`, and of the inputs of each. */
async function addresses(spec: VideoSpec, roles: readonly InputRole[], io: MediaIo): Promise<string[]> {
  const fits = inlineBytes(spec) <= MAX_INLINE_BYTES;
  const found: string[] = [];
  for (const role of roles) {
    for (const input of spec.inputs.filter((candidate) => candidate.role === role)) {
      const address = fits && mayBeInline(input) ? await urlOrDataUri(input, io) : urlOrLink(input, io);
      if (address === null) throw unfit('the provider of this model has to fetch this file itself: give a public URL');
      found.push(address);
    }
  }
  return found;
}

function inlineBytes({ inputs }: VideoSpec): number {
  return inputs.reduce((sum, input) => (input.url === null && mayBeInline(input) ? sum + input.bytes : sum), 0);
}

/** Vidu fetches source videos and sounds, always. */
function mayBeInline({ role }: SpecInput): boolean {
  return role !== 'source_video' && role !== 'audio';
}

function unlessEmpty(key: string, list: readonly Json[]): JsonObject {
  return list.length === 0 ? {} : { [key]: list };
}

function unfit(message: string): FailureError {
  return new FailureError({ kind: 'channel_unfit', message: `The request cannot be passed on: ${message}.` });
}
