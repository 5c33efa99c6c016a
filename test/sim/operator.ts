/** The operator of a simulated installation: looks into the vendors' books, and says what is true. */

import type { OperatorAction } from '../../src/engine/task-desk.ts';
import { CHANNEL_STATES, readChannel, updateChannel } from '../../src/store/channels.ts';
import type { Database } from '../../src/store/database.ts';
import type { AttemptView, House, JobView } from './look.ts';
import type { SimNode } from './node.ts';
import type { Vendor } from './vendor.ts';
import type { World } from './world.ts';

const ACTOR = 'operator';

type Case = { readonly job: JobView; readonly action: OperatorAction };

/** Does one thing for one job at one node, if there is anything to do. */
export function operate(
  world: World,
  house: House,
  node: SimNode,
  vendorOf: (channelId: string) => Vendor | null,
): void {
  const cases = house.jobs.flatMap((job) => caseOf(world, house, job, vendorOf));
  if (cases.length === 0) return;
  const { job, action } = world.random.pick(cases);
  world.count(`operator: ${action.kind}`);
  world.tell(ACTOR, `${action.kind} ${job.id}`);
  void node
    .atDesk((desk) => desk.act(job.id, action, ACTOR))
    .then(
      (failure) => world.tell(ACTOR, failure === null ? 'done' : failure.message),
      (error: unknown) => world.tell(ACTOR, String(error)),
    );
}

/** Takes a channel out of use, lets it finish what it has, or takes it into use again. */
export async function turnChannel(world: World, link: Database, channelId: string): Promise<void> {
  const channel = await readChannel(link, channelId);
  if (channel === null) throw new Error(`the channel ${channelId} is gone`);
  const state = world.random.pick(CHANNEL_STATES);
  world.count(`operator: channel ${state}`);
  world.tell(ACTOR, `${channel.name} is ${state}`);
  await updateChannel(link, { ...channel, state });
}

function caseOf(world: World, house: House, job: JobView, vendorOf: (channelId: string) => Vendor | null): Case[] {
  const attempt = house.attempts.find(({ id }) => id === job.attemptId);
  switch (job.state) {
    case 'running':
      return [{ job, action: { kind: 'recheck' } }];
    case 'expired':
      return attempt?.lateMs === null ? [] : [{ job, action: { kind: 'recheck' } }];
    case 'collecting':
      return [{ job, action: { kind: 'recollect' } }];
    case 'submitting':
      return attempt === undefined ? [] : unknownCase(world, job, attempt, vendorOf(attempt.channelId));
    case 'queued':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return [];
  }
}

function unknownCase(world: World, job: JobView, attempt: AttemptView, vendor: Vendor | null): Case[] {
  if (vendor === null || attempt.state !== 'unknown') return [{ job, action: { kind: 'recheck' } }];
  const task = vendor.books.hasAccepted(attempt.id);
  if (task !== null) return [{ job, action: { kind: 'attach_task', taskId: task.id } }];
  return [{ job, action: { kind: 'mark_not_created', next: world.random.pick(['retry', 'fail'] as const) } }];
}
