/** The points at which a server process is killed: how each is reached from outside, and what must be on record then. */

import type { VendorMoment } from '../fakes/openai-video-vendor.ts';
import type { Moment, Statement } from './postgres-proxy.ts';

/** Who sees that the point is reached: the way to PostgreSQL, the vendor, or the receiver of a webhook. */
export type Reached =
  | { readonly by: 'database'; readonly moment: Moment }
  | { readonly by: 'vendor'; readonly moment: VendorMoment }
  | { readonly by: 'receiver' };

export type CrashPoint = {
  readonly id: string;
  readonly what: string;
  readonly reached: Reached;
  /** What the process does meanwhile; `create` by default. */
  readonly during?: 'create' | 'callback' | 'expiry' | 'start';
  /** Where the channel takes so many jobs at one time, a job is on record before its attempt; else they are written together. */
  readonly places?: number;
  /** Rides in the prompt. */
  readonly fault?: string;
  /** The states of the jobs on record after the kill, and how many tasks the vendor has in its books by then. */
  readonly left: { readonly jobs: readonly string[]; readonly tasks: number };
  /** Nobody can find out whether the vendor has the task: the operator says that it has none. */
  readonly needsOperator?: true;
  /** How often the end of the job is told; the second time under the same id. Once by default. */
  readonly told?: 2;
};

const insertsJob = ({ text }: Statement): boolean => text.includes('insert into job (');
/** Of a job that is on record. */
const opensAttempt = (statement: Statement): boolean =>
  statement.text.includes('insert into attempt') && !insertsJob(statement);
const accepts = ({ text, values }: Statement): boolean =>
  text.includes('answered_at = now()') && values.includes('accepted');
const movesTo =
  (state: string) =>
  ({ text, values }: Statement): boolean =>
    text.includes('update job') && values[0] === state;
const notesCallback = ({ text }: Statement): boolean => text.includes('set called_back_at');
const recordsMigration = ({ text }: Statement): boolean => text.startsWith('insert into migration');

/** Letters of the design's matrix; C16 waits for the rotation of the key that seals credentials, which is not built yet. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  {
    id: 'C0',
    what: 'the request is read, nothing is written',
    reached: { by: 'database', moment: { statement: insertsJob, when: 'before' } },
    left: { jobs: [], tasks: 0 },
  },
  {
    id: 'C1',
    what: 'hold and job are written, not committed',
    reached: { by: 'database', moment: { statement: insertsJob, when: 'uncommitted' } },
    left: { jobs: [], tasks: 0 },
  },
  {
    id: 'C2',
    what: 'hold and job are committed, nobody was told',
    reached: { by: 'database', moment: { statement: insertsJob, when: 'after' } },
    places: 5,
    left: { jobs: ['queued'], tasks: 0 },
  },
  {
    id: 'C3',
    what: 'a waiting job was claimed, its attempt is not on record',
    reached: { by: 'database', moment: { statement: opensAttempt, when: 'before' } },
    fault: 'refuse_429',
    left: { jobs: ['queued'], tasks: 0 },
  },
  {
    id: 'C4',
    what: 'the attempt is on record, no byte was sent',
    reached: { by: 'database', moment: { statement: opensAttempt, when: 'after' } },
    places: 5,
    left: { jobs: ['submitting'], tasks: 0 },
    needsOperator: true,
  },
  {
    id: 'C4a',
    what: 'hold, job and attempt are committed together, no byte was sent',
    reached: { by: 'database', moment: { statement: insertsJob, when: 'after' } },
    left: { jobs: ['submitting'], tasks: 0 },
    needsOperator: true,
  },
  {
    id: 'C5',
    what: 'the headers of the submit were sent',
    reached: { by: 'vendor', moment: 'headers' },
    left: { jobs: ['submitting'], tasks: 0 },
    needsOperator: true,
  },
  {
    id: 'C6',
    what: 'the submit was sent and taken, its answer did not come',
    reached: { by: 'vendor', moment: 'accepted' },
    left: { jobs: ['submitting'], tasks: 1 },
  },
  {
    id: 'C7',
    what: 'the answer to the submit is here, not on record',
    reached: { by: 'database', moment: { statement: accepts, when: 'before' } },
    left: { jobs: ['submitting'], tasks: 1 },
  },
  {
    id: 'C8',
    what: 'the task is on record',
    reached: { by: 'database', moment: { statement: accepts, when: 'after' } },
    left: { jobs: ['running'], tasks: 1 },
  },
  {
    id: 'C9',
    what: 'the vendor was asked how the task is',
    reached: { by: 'vendor', moment: 'check' },
    left: { jobs: ['running'], tasks: 1 },
  },
  {
    id: 'C10',
    what: 'the vendor said that the video is finished, nothing is on record',
    reached: { by: 'database', moment: { statement: movesTo('collecting'), when: 'before' } },
    left: { jobs: ['running'], tasks: 1 },
  },
  {
    id: 'C10a',
    what: 'the same is written, not committed',
    reached: { by: 'database', moment: { statement: movesTo('collecting'), when: 'after' } },
    left: { jobs: ['running'], tasks: 1 },
  },
  {
    id: 'C11a',
    what: 'the video is here, the job is not settled',
    reached: { by: 'database', moment: { statement: movesTo('succeeded'), when: 'before' } },
    left: { jobs: ['collecting'], tasks: 1 },
  },
  {
    id: 'C11',
    what: 'the job is settled, its owner was not told',
    reached: { by: 'database', moment: { statement: movesTo('succeeded'), when: 'after' } },
    left: { jobs: ['succeeded'], tasks: 1 },
  },
  {
    id: 'C12',
    what: 'half of the video is copied',
    reached: { by: 'vendor', moment: 'half_file' },
    left: { jobs: ['collecting'], tasks: 1 },
  },
  {
    id: 'C13',
    what: 'the receiver was told, that is not on record',
    reached: { by: 'receiver' },
    left: { jobs: ['succeeded'], tasks: 1 },
    told: 2,
  },
  {
    id: 'C14',
    what: 'the vendor called back, that is not on record',
    reached: { by: 'database', moment: { statement: notesCallback, when: 'before' } },
    during: 'callback',
    left: { jobs: ['running'], tasks: 1 },
  },
  {
    id: 'C15',
    what: 'of three overdue jobs one is ended',
    reached: { by: 'database', moment: { statement: movesTo('expired'), nth: 2, when: 'before' } },
    during: 'expiry',
    left: { jobs: ['expired', 'running', 'running'], tasks: 3 },
  },
  {
    id: 'C17',
    what: 'the third migration has run, it is not committed',
    reached: { by: 'database', moment: { statement: recordsMigration, nth: 3, when: 'before' } },
    during: 'start',
    left: { jobs: [], tasks: 0 },
  },
];
