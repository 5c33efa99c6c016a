/** Chooses the channel for a job, and says why each other one was not chosen. Pure. */

import type { ModelRow } from '../model/catalogue.ts';
import type { KeyMode } from '../model/job.ts';
import { isObject, property } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Provider } from '../providers/provider.ts';
import type { Channel } from '../store/channels.ts';

export type RouteQuestion = {
  readonly spec: Pick<VideoSpec, 'model' | 'mode'>;
  readonly mode: KeyMode;
  readonly row: ModelRow;
  readonly channels: readonly Channel[];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly inFlight: ReadonlyMap<string, number>;
  /** Channels that already refused this job. */
  readonly tried: ReadonlySet<string>;
  /** From 0 up to 1: decides among equals by weight. */
  readonly chance: number;
};

export type Verdict =
  | 'can'
  | 'wrong_mode'
  | 'not_enabled'
  | 'model_not_listed'
  | 'not_served'
  | 'already_refused'
  | 'busy';

export type Route =
  | { readonly kind: 'channel'; readonly channel: Channel; readonly provider: Provider; readonly upstream: JsonObject }
  | { readonly kind: 'busy' }
  | { readonly kind: 'none' };

export function chooseChannel(question: RouteQuestion): Route {
  const judged = question.channels.map((channel) => ({ channel, verdict: judge(question, channel) }));
  const able = judged.filter(({ verdict }) => verdict === 'can').map(({ channel }) => channel);
  if (able.length === 0) return { kind: judged.some(({ verdict }) => verdict === 'busy') ? 'busy' : 'none' };
  const best = Math.max(...able.map((channel) => channel.priority));
  const channel = pickByWeight(
    able.filter((candidate) => candidate.priority === best),
    question.chance,
  );
  const provider = question.providers.get(channel.provider);
  const upstream = upstreamOf(question, channel);
  if (provider === undefined || upstream === null)
    throw new RangeError(`channel ${channel.id} was chosen but does not serve`);
  return { kind: 'channel', channel, provider, upstream };
}

export function judge(question: RouteQuestion, channel: Channel): Verdict {
  const { row } = question;
  if (channel.mode !== question.mode) return 'wrong_mode';
  if (channel.state !== 'enabled') return 'not_enabled';
  const names = [row.id, ...row.aliases].map((name) => name.toLowerCase());
  if (channel.models !== null && !channel.models.some((model) => names.includes(model.toLowerCase())))
    return 'model_not_listed';
  if (upstreamOf(question, channel) === null) return 'not_served';
  if (question.tried.has(channel.id)) return 'already_refused';
  const inFlight = question.inFlight.get(channel.id) ?? 0;
  return channel.maxConcurrency !== null && inFlight >= channel.maxConcurrency ? 'busy' : 'can';
}

/** The words by which the channel's provider knows the model in this mode; null if it does not serve it. */
function upstreamOf(question: RouteQuestion, channel: Channel): JsonObject | null {
  const provider = question.providers.get(channel.provider);
  if (provider === undefined) return null;
  const serving = question.row.servings.find(
    (candidate) => candidate.provider === channel.provider && (candidate.modes?.includes(question.spec.mode) ?? true),
  );
  if (serving === undefined && !provider.servesEveryModel) return null;
  const own = property(channel.modelMap, question.row.id);
  const renamed = typeof own === 'string' ? { name: own } : isObject(own) ? own : {};
  return { ...serving?.upstream, ...renamed };
}

function pickByWeight(channels: readonly Channel[], chance: number): Channel {
  const total = channels.reduce((sum, channel) => sum + channel.weight, 0);
  let left = chance * total;
  for (const channel of channels) {
    left -= channel.weight;
    if (left < 0) return channel;
  }
  const last = channels.at(-1);
  if (last === undefined) throw new RangeError('no channel to pick from');
  return last;
}
