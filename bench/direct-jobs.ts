/** Jobs at a vendor, written by the two statements of a create and nothing else: hold, job and attempt; acceptance. */

import { readAttempt } from '../src/store/attempts.ts';
import { readJob } from '../src/store/jobs.ts';
import { insertJob } from '../src/store/new-jobs.ts';
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
  const first = await readAttempt(db, sample.attemptId);
  if (first === null) throw new Error('the sample has its attempt');
  const { channelId, credentialId, explanation } = first;
  return async (dueInMs) => {
    const [id, attemptId] = [newId(), newId()];
    const lease = { leaseOwner: 'bench', leaseMs: LEASE_MS, deadlineMs: DEADLINE_MS };
    const attempt = { id: attemptId, channelId, credentialId, explanation };
    const made = await insertJob(db, { ...sample, ...lease, id, attempt });
    if (made?.attemptId !== attemptId) throw new Error('the account can pay, and the channel takes all');
    await transition(db, id, made.version, {
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
