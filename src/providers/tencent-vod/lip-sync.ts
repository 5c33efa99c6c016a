/** What a lip sync says to which face: the vendor finds the faces of a video in a call of its own, before the task is made. */

import { FailureError } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamSilence } from '../provider.ts';
import type { ProviderIo } from '../provider.ts';
import { vendorFailure } from '../replies.ts';
import { call, kindOf } from './call.ts';
import type { SecretKeys } from './credential.ts';
import { addressOf, soundFile, unfit } from './inputs.ts';

/** Milliseconds of the video in which a face is seen. */
type Face = { readonly sessionId: string; readonly id: Json; readonly startMs: number; readonly endMs: number };

/** `session_id` and `face_choose`; empty for every other mode. Throws `FailureError` where there is no face or no voice. */
export async function speechFor(
  spec: VideoSpec,
  vendor: JsonObject,
  keys: SecretKeys,
  io: ProviderIo,
): Promise<JsonObject> {
  if (spec.mode !== 'lip_sync') return {};
  const asked = faceAsked(vendor);
  const voice = await voiceOf(spec, vendor, asked, io);
  const sessionId = property(vendor, 'session_id');
  if (sessionId !== undefined && property(asked, 'face_id') !== undefined)
    return { session_id: sessionId, face_choose: [{ ...asked, ...voice }] };
  const face = await findFace(spec, keys, io);
  const times = timesOf(spec, face, property(asked, 'sound_insert_time'));
  return { session_id: face.sessionId, face_choose: [{ face_id: face.id, ...times, ...asked, ...voice }] };
}

function faceAsked(vendor: JsonObject): JsonObject {
  const faces = property(vendor, 'face_choose');
  const [first] = Array.isArray(faces) ? faces : [];
  return isObject(first) ? first : {};
}

async function voiceOf(spec: VideoSpec, vendor: JsonObject, asked: JsonObject, io: ProviderIo): Promise<JsonObject> {
  const sound = await soundFile(spec, io);
  if (sound !== null) return { sound_file: sound };
  for (const key of ['audio_id', 'sound_file']) {
    const named = property(asked, key) ?? property(vendor, key);
    if (named !== undefined) return { [key]: named };
  }
  throw unfit('The provider of this model needs a sound file, or an audio_id: it does not speak a text.');
}

async function findFace(spec: VideoSpec, keys: SecretKeys, io: ProviderIo): Promise<Face> {
  const video = spec.inputs.find((input) => input.role === 'source_video');
  if (video === undefined) throw unfit('A lip sync needs a video, or a session_id and a face_id.');
  const body = { SubAppId: Number(keys.subAppId), FileInfos: [{ Type: 'Url', Url: addressOf(video, io) }] };
  const answer = await call('DescribeAigcFaceInfo', body, keys, io).catch((error: unknown) => {
    // Whatever became of this call, the task was not made.
    throw new UpstreamSilence(`the faces could not be asked for: ${String(error)}`, false);
  });
  if (answer.kind === 'error') {
    const kind = kindOf(answer.code) ?? 'upstream_protocol';
    const known = kind === 'outcome_unknown' ? 'upstream_unavailable' : kind;
    throw new FailureError(vendorFailure(known, answer.said, answer.retryAfterMs));
  }
  const sets = property(answer.response, 'FaceInfoSet');
  const face = (Array.isArray(sets) ? sets : []).map(faceOf).find((found) => found !== null) ?? null;
  if (face === null) throw new FailureError({ kind: 'invalid_request', message: 'No face was found in the video.' });
  return face;
}

/** The first face of a set. */
function faceOf(set: Json): Face | null {
  const faces = isObject(set) ? property(set, 'FaceInfoList') : undefined;
  const [first] = Array.isArray(faces) ? faces : [];
  const sessionId = isObject(set) ? property(set, 'SessionId') : undefined;
  if (!isObject(first) || typeof sessionId !== 'string') return null;
  const { FaceId = 0, StartTime, EndTime } = first;
  return { sessionId, id: FaceId, startMs: Number(StartTime ?? 0), endMs: Number(EndTime ?? 0) };
}

/** The sound begins where the face is first seen, and ends with the video at the latest. */
function timesOf(spec: VideoSpec, face: Face, insertAt: Json | undefined): JsonObject {
  const lengthOf = (role: string): number | null =>
    spec.inputs.find((input) => input.role === role)?.durationMs ?? null;
  const startMs = typeof insertAt === 'number' ? insertAt : face.startMs;
  const roomMs = (lengthOf('source_video') ?? face.endMs) - startMs;
  const soundMs = lengthOf('audio') ?? face.endMs - face.startMs;
  return {
    sound_start_time: 0,
    sound_end_time: roomMs > 0 ? Math.min(soundMs, roomMs) : soundMs,
    sound_insert_time: startMs,
  };
}
