/** What Kling must be asked before some submits: the id of an earlier video, and the faces in one. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import { FailureError } from '../../model/failure.ts';
import type { ProviderIo } from '../provider.ts';
import { urlOrBase64 } from '../replies.ts';
import { call, dataOf, refusalIn } from './call.ts';
import { isHome } from './plan.ts';
import { given, objectsIn, picked, seenBy } from './parts.ts';
import { askTask, videoIn } from './read-task.ts';
import { refusal } from './refuse.ts';

/** Where in the sound to begin and end, where in the video to put it, and how loud: times in milliseconds. */
const PLACE_KEYS = ['sound_start_time', 'sound_end_time', 'sound_insert_time', 'sound_volume', 'original_audio_volume'];

/** The vendor's id of an input that it made itself for this account; null for any other. */
export async function earlierVideoId(input: SpecInput | null, io: ProviderIo): Promise<string | null> {
  const task = input?.jobId === undefined || input.jobId === null ? null : await io.taskOf(input.jobId);
  const home = task === null ? undefined : property(task.data, 'home');
  if (task === null || !isHome(home)) return null;
  return videoIn(await askTask({ id: task.id, home }, io), home)?.id ?? null;
}

/** Session and face of an `advanced-lip-sync`: those that the client knows, or the first face found in the video. */
export async function chosenFace(spec: VideoSpec, _model: string, io: ProviderIo): Promise<JsonObject> {
  const { vendor } = spec;
  const [wanted = {}] = objectsIn(vendor, 'face_choose');
  const known = property(vendor, 'session_id');
  const found = known === undefined ? await findFace(spec, io) : { session: known, face: {} };
  const audio = spec.inputs.find(({ role }) => role === 'audio');
  const sound =
    audio === undefined
      ? { audio_id: property(wanted, 'audio_id') ?? property(vendor, 'audio_id') ?? null }
      : { sound_file: await urlOrBase64(audio, io) };
  const usual = given({
    face_id: property(found.face, 'face_id') ?? null,
    sound_start_time: 0,
    sound_end_time: audio?.durationMs ?? null,
    sound_insert_time: property(found.face, 'start_time') ?? 0,
  });
  const face = { ...usual, ...picked(wanted, ['face_id', ...PLACE_KEYS]), ...given(sound) };
  return { session_id: found.session, face_choose: [face] };
}

type FoundFace = { readonly session: Json; readonly face: JsonObject };

async function findFace(spec: VideoSpec, io: ProviderIo): Promise<FoundFace> {
  const source = spec.inputs.find(({ role }) => role === 'source_video');
  if (source === undefined) throw refusal('channel_unfit', 'Lip sync needs a video with a face.');
  const json = { video_url: seenBy(source, io) };
  const answer = await call({ method: 'POST', path: '/v1/videos/identify-face', json }, io);
  const failure = refusalIn(answer);
  if (failure !== null) throw new FailureError(failure);
  const data = dataOf(answer, 'search for faces');
  const session = isObject(data) ? property(data, 'session_id') : undefined;
  if (session === undefined || !isObject(data)) throw new Error('the vendor searched for faces without a session');
  const [face] = objectsIn(data, 'face_data');
  if (face === undefined) throw refusal('invalid_request', 'Kling found no face in the video.');
  return { session, face };
}
