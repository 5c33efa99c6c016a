/** Jobs at a vendor, written by the three statements of a create and nothing else: hold and job, attempt, acceptance. */

import { readAttempt } from '../src/store/attempts.ts';
import { insertJob, readJob } from '../src/store/jobs.ts';
import { transition } from '../src/store/transition.ts';
import { newId } from '../src/new-id.ts';
import { MODEL, createBody, jsonHeaders } from './requests.ts';
import type { Node, Rig } from './rig.ts';

const LEASE_MS = 60_000;
const DEADLINE_MS = 86_400_000;

/** Makes one job per call, like one that the server just made; it is due for a check in `dueInMs`. Answers its id. */
export async function directJobs(rig: Rig, node: Node): Promise<(dueInMs: number) => Promise<string>> {
  const { db } = rig;
  const init = { method: 'POST', headers: jsonHeaders(rig.key), body: createBody(MODEL, 'the sample') };
  const created: unknown = await (await globalThis.fetch(`${node.url}/v1/videos`, init)).json();
  const sample = await readJob(db, String((created as { id: string }).id).replace('video_', ''));
  if (sample === null || sample.attemptId === null) throw new Error('the sample was submitted');
  const attempt = await readAttempt(db, sample.attemptId);
  if (attempt === null) throw new Error('the sample has its attempt');
  const { channelId, credentialId } = attempt;
  return async (dueInMs) => {
    const [id, attemptId] = [newId(), newId()];
    const lease = { leaseOwner: 'bench', leaseMs: LEASE_MS, deadlineMs: DEADLINE_MS };
    const made = await insertJob(db, { ...sample, ...lease, id });
    if (made === null) throw new Error('the account can pay');
    const opened = await transition(db, id, made.version, {
      state: 'submitting',
      dueInMs: LEASE_MS,
      event: { type: 'submitting', data: { channel: 'Vendor 1' } },
      attempt: { kind: 'open', id: attemptId, channelId, credentialId },
      keepsLease: true,
    });
    await transition(db, id, opened ?? 0, {
      state: 'running',
      dueInMs,
      event: { type: 'accepted', data: {} },
      attempt: {
        kind: 'close',
        id: attemptId,
        state: 'accepted',
        task: { id: `direct_${id}`, data: {} },
        failure: null,
      },
    });
    return id;
  };
}
