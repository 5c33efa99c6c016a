/** How many webhooks a server delivers, and what a few receivers that hang take from the others. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { newId } from '../src/new-id.ts';
import { askProcess } from './ask-process.ts';
import { directJobs } from './direct-jobs.ts';
import { receiverHost } from './receivers.ts';
import { withRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { median, row, title } from './table.ts';

const RECEIVERS = 1_000;
const HANGING = RECEIVERS / 100;
const PER_RECEIVER = 5;
const TURNS = 3;
const NEVER_MS = 3_600_000;

export async function webhooks(): Promise<void> {
  title(
    'Webhooks',
    `${RECEIVERS} receivers on as many addresses have ${PER_RECEIVER} messages each to hear, all due at once. Messages per second to those ` +
      `that answer, from the first to the last; then the same while ${HANGING} receivers take each message and never answer. ${TURNS} turns.`,
  );
  await withRig(1, async (rig, node) => {
    const receivers = fork(fileURLToPath(new URL('./receivers.ts', import.meta.url)));
    try {
      const port = await askProcess<number>(receivers, { kind: 'open' });
      const jobId = await (await directJobs(rig, node))(NEVER_MS);
      const perSecond = async (hanging: number): Promise<number> => {
        const count = (RECEIVERS - hanging) * PER_RECEIVER;
        const answered = askProcess<number>(receivers, { kind: 'hear', hanging, count });
        await enqueue(rig, jobId, port);
        const tookMs = await answered;
        await rig.db.query("update delivery set state = 'cancelled' where state = 'pending'");
        return count / (tookMs / 1_000);
      };
      const [well, hung]: [number[], number[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn += 1) {
        well.push(await perSecond(0));
        hung.push(await perSecond(HANGING));
      }
      row('all answer', `${Math.round(median(well))} per second`);
      row('1 % hang', `${Math.round(median(hung))} per second`);
      row('ratio', median(hung.map((one, turn) => one / (well[turn] ?? 0))).toFixed(2), '>= 0.9');
    } finally {
      receivers.kill();
    }
  });
}

/** As the ends of as many jobs would. */
async function enqueue(rig: Rig, jobId: string, port: number): Promise<void> {
  const hosts = Array.from({ length: RECEIVERS * PER_RECEIVER }, (_, n) => receiverHost(n % RECEIVERS, port));
  await rig.db.query(
    `insert into delivery (event_id, type, job_id, account_id, mode, url, host, body)
     select $1 || n, 'video.completed', $2, $3, 'live', 'http://' || host || '/hook', host,
            format('{"id":"%s","object":"event","type":"video.completed","data":{}}', $1 || n)
     from unnest($4::text[]) with ordinality as receiver (host, n)`,
    [`evt_${newId()}_`, jobId, rig.accountId, hosts],
  );
}
