/** Holds a job's inputs against what a channel's vendor takes, before anything is sent; and makes pictures fit where the operator allows it. */

import { faultsTogether, inputFault, megabytes, paramOf } from '../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../model/input-limit.ts';
import type { Failure } from '../model/failure.ts';
import { ROLE_KINDS } from '../model/request.ts';
import type { SpecInput, VideoSpec } from '../model/spec.ts';
import { note } from '../model/violation.ts';
import type { Note, Violation } from '../model/violation.ts';
import type { JsonObject } from '../model/json.ts';
import type { Provider } from '../providers/provider.ts';
import type { Channel } from '../store/channels.ts';
import { insertAsset } from '../store/assets.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { EngineContext } from './engine-context.ts';
import { invalidRequest } from './invalid-request.ts';

export type FitTarget = {
  readonly provider: Provider;
  readonly channel: Pick<Channel, 'fitInputs'>;
  readonly upstream: JsonObject;
};

/** `notes`: what was done to inputs, as far as the job does not say it yet. */
export type Fitting =
  | { readonly ok: true; readonly spec: VideoSpec; readonly notes: readonly Note[] }
  | { readonly ok: false; readonly failure: Failure };

type Taken = { readonly input: SpecInput; readonly note: Note | null; readonly fault: Violation | null };

/** Never asks the vendor. The same inputs and limits give the same bytes each time. */
export async function fitInputs(
  context: EngineContext,
  job: Pick<JobRecord, 'id' | 'accountId' | 'spec' | 'notes'>,
  { provider, channel, upstream }: FitTarget,
): Promise<Fitting> {
  const { spec } = job;
  const limits = provider.inputLimits?.(spec, upstream) ?? {};
  const taken: Taken[] = [];
  for (const input of spec.inputs) taken.push(await take(context, job, input, limits, channel.fitInputs));
  const faults = taken.flatMap(({ fault }) => (fault === null ? [] : [fault]));
  const violations = [...faults, ...faultsTogether(spec.inputs, limits)];
  if (violations.length > 0) return { ok: false, failure: invalidRequest(violations) };
  const known = new Set(job.notes.map((one) => JSON.stringify(one)));
  const notes = taken.flatMap((one) => (one.note === null || known.has(JSON.stringify(one.note)) ? [] : [one.note]));
  return { ok: true, spec: { ...spec, inputs: taken.map(({ input }) => input) }, notes };
}

async function take(
  context: EngineContext,
  job: Pick<JobRecord, 'id' | 'accountId'>,
  input: SpecInput,
  limits: InputLimits,
  mayChange: boolean,
): Promise<Taken> {
  const limit = limits[input.role] ?? {};
  const fault = inputFault(input, limit);
  const isPicture = ROLE_KINDS[input.role] === 'image';
  const fitted = fault === null || !mayChange || !isPicture ? null : await fit(context, job, input, limit);
  return fitted === null || inputFault(fitted, limit) !== null
    ? { input, note: null, fault }
    : { input: fitted, note: noteOf(input, fitted), fault: null };
}

/** The picture as the limit wants it, stored as an input of the job; null where none can be made of it. */
async function fit(
  context: EngineContext,
  { id: jobId, accountId }: Pick<JobRecord, 'id' | 'accountId'>,
  input: SpecInput,
  { types, maxBytes, sides }: InputLimit,
): Promise<SpecInput | null> {
  const path = await context.storage.localPath(input.sha256);
  if (path === null) throw new Error('an input file is gone from storage');
  const made = await context.inspector.fit(path, input.mime, {
    types: types ?? null,
    maxBytes: maxBytes ?? null,
    maxSide: sides?.max ?? null,
  });
  if (made === null) return null;
  const { mime, width, height } = made;
  const blob = await context.storage.put(Buffer.from(made.bytes));
  const asset = { id: context.newId(), ...blob, mime, width, height, durationMs: null };
  await insertAsset(context.db, { ...asset, accountId, jobId, kind: 'input' });
  const { id: assetId, ...facts } = asset;
  // The file at the client's own address is still as it was.
  return { ...input, assetId, ...facts, url: null };
}

function noteOf(before: SpecInput, after: SpecInput): Note {
  const [was, is] = [shown(before), shown(after)];
  return note(
    'adjusted',
    paramOf(before),
    `the provider would not take this picture (${was}), so it was sent as ${is}`,
    `服务商不接受该图片(${was}),已转换为 ${is} 后发送`,
  );
}

function shown({ mime, width, height, bytes }: SpecInput): string {
  return `${mime}, ${width}x${height}, ${megabytes(bytes)} MB`;
}
