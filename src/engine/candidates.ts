/** Gathers what routing decides on: the channels, how they are doing, and how much room each has. */

import type { ModelRow } from '../model/catalogue.ts';
import type { KeyMode } from '../model/job.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Channel } from '../store/channels.ts';
import type { JobRecord } from '../store/jobs.ts';
import { readLoads } from '../store/places.ts';
import type { EngineContext } from './engine-context.ts';
import { chooseChannel } from './route.ts';
import type { Choice, Route, RouteQuestion, Sought } from './route.ts';

const NOBODY: ReadonlySet<string> = new Set();
/** No job has it. */
const NO_JOB = '00000000-0000-0000-0000-000000000000';

type Asked = { readonly spec: Sought; readonly mode: KeyMode; readonly row: ModelRow };

/** What is known of a job's candidates before their load is looked at. */
export function questionOf(context: EngineContext, asked: Asked, channels: readonly Channel[]): RouteQuestion {
  return {
    ...asked,
    channels,
    providers: context.providers,
    standing: context.health.standing,
    loads: new Map(),
    yields: false,
    tried: NOBODY,
    full: NOBODY,
    chance: Math.random(),
    credentialChance: Math.random(),
  };
}

/** Whether any channel serves this at all, however busy it may be. */
export function isServed(question: RouteQuestion): boolean {
  return chooseChannel(question).kind !== 'none';
}

export type Round = Pick<RouteQuestion, 'tried' | 'full' | 'yields'>;

/** The choice for a job that is about to be submitted; where a channel's health is in question, this is the probe. */
export async function routeOf(
  context: EngineContext,
  job: JobRecord,
  channels: readonly Channel[],
  round: Round,
): Promise<Route> {
  const row = await context.catalogue.rowOf(job);
  if (row === null) return { kind: 'none', unfit: [], explanation: [] };
  const question = questionOf(context, { spec: job.spec, mode: job.mode, row }, channels);
  const loads = await loadsOf(context, question, job.id);
  const route = chooseChannel({ ...question, ...round, loads });
  // Before anything is awaited: of those who see that a probe is due, one goes.
  if (route.kind === 'channel') context.health.begin(route.channel.id, route.credential.id);
  return route;
}

/**
 * The choice for a new job that may go to its vendor as soon as it is on record. Null where that is not so: nobody can take it now,
 * places or paces are to be counted over all nodes, or files to be held against what a vendor takes.
 */
export function chooseAtOnce(
  context: EngineContext,
  asked: Asked & { readonly spec: Pick<VideoSpec, 'inputs'> },
  channels: readonly Channel[],
): Choice | null {
  if (asked.spec.inputs.length > 0 || limitedOf(channels, asked.mode).length > 0) return null;
  const route = chooseChannel({ ...questionOf(context, asked, channels), yields: true });
  if (route.kind !== 'channel') return null;
  context.health.begin(route.channel.id, route.credential.id);
  return route;
}

/** What the choice would be for a new job. */
export async function previewRoute(context: EngineContext, question: RouteQuestion): Promise<Route> {
  return chooseChannel({ ...question, yields: true, loads: await loadsOf(context, question, NO_JOB) });
}

function loadsOf(
  context: EngineContext,
  { channels, mode }: RouteQuestion,
  jobId: string,
): Promise<RouteQuestion['loads']> {
  const limited = limitedOf(channels, mode).map(({ id }) => id);
  return readLoads(context.db, limited, jobId);
}

/** Those that count jobs or requests. */
function limitedOf(channels: readonly Channel[], mode: KeyMode): readonly Channel[] {
  return channels.filter(
    (channel) => channel.mode === mode && (channel.maxConcurrency !== null || channel.requestsPerMinute !== null),
  );
}
