/** Chooses the channel and credential for a job, and says of every channel why it was or was not chosen. Pure. */

import type { ModelRow, Rule } from '../model/catalogue.ts';
import type { KeyMode } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import { breaks } from '../model/rules.ts';
import type { SpecFacts } from '../model/rules.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Provider } from '../providers/provider.ts';
import type { ChannelVerdict } from '../store/attempts.ts';
import type { Channel } from '../store/channels.ts';
import type { Credential } from '../store/credentials.ts';
import type { Load } from '../store/places.ts';
import type { Cause, Standing, Subject } from './health.ts';
import { servingOf, upstreamWords } from './upstream-words.ts';

/** What is to be made; the model and the mode alone where any details would do. */
export type Sought = Pick<VideoSpec, 'model' | 'mode'> | (Pick<VideoSpec, 'model'> & SpecFacts);

export type RouteQuestion = {
  readonly spec: Sought;
  readonly mode: KeyMode;
  readonly row: ModelRow;
  readonly channels: readonly Channel[];
  readonly providers: ReadonlyMap<string, Provider>;
  readonly standing: (subject: Subject, id: string) => Standing;
  /** Of channels with limits; the others have room. */
  readonly loads: ReadonlyMap<string, Load>;
  /** Whether jobs that wait for a channel go first: not where this job was called from among them. */
  readonly yields: boolean;
  /** Credentials and channels that already refused this job, and channels found without room for it. */
  readonly tried: ReadonlySet<string>;
  readonly full: ReadonlySet<string>;
  /** From 0 up to 1: decides among equals by weight, and among a channel's credentials. */
  readonly chance: number;
  readonly credentialChance: number;
};

export type Verdict =
  | 'can'
  | 'wrong_mode'
  | 'not_enabled'
  | 'model_not_listed'
  | 'not_served'
  | 'unfit'
  | 'no_credential'
  | 'already_refused'
  | 'unhealthy'
  | 'busy';

export type Choice = {
  readonly kind: 'channel';
  readonly channel: Channel;
  readonly credential: Credential;
  readonly provider: Provider;
  readonly upstream: JsonObject;
  readonly explanation: readonly ChannelVerdict[];
};

export type Route =
  | Choice
  /** To be tried again when one of the channels has room. */
  | { readonly kind: 'busy'; readonly channelIds: readonly string[]; readonly explanation: readonly ChannelVerdict[] }
  /** Every channel that serves this rests after failures; the first until then. */
  | {
      readonly kind: 'unhealthy';
      readonly causes: ReadonlySet<Cause | null>;
      readonly untilMs: number;
      readonly explanation: readonly ChannelVerdict[];
    }
  /** `unfit`: the limits by which channels that serve the model cannot do this spec. */
  | { readonly kind: 'none'; readonly unfit: readonly Rule[]; readonly explanation: readonly ChannelVerdict[] };

type Judged = { readonly channel: Channel; readonly verdict: Verdict; readonly because: string };

export function chooseChannel(question: RouteQuestion): Route {
  const judged = question.channels.map((channel) => ({ channel, ...judge(question, channel) }));
  const best = bestOf(judged.filter(({ verdict }) => verdict === 'can').map(({ channel }) => channel));
  const chosen = best.length === 0 ? null : pickByWeight(best, (channel) => share(question, channel), question.chance);
  const explanation = judged.map((one) => explain(one, chosen, best));
  if (chosen !== null) return { kind: 'channel', ...callable(question, chosen), explanation };
  const busy = judged.filter(({ verdict }) => verdict === 'busy');
  if (busy.length > 0) return { kind: 'busy', channelIds: busy.map(({ channel }) => channel.id), explanation };
  const resting = judged.filter(({ verdict }) => verdict === 'unhealthy').map(({ channel }) => channel);
  if (resting.length > 0) return { ...restOf(question, resting), explanation };
  const unfit = judged
    .filter(({ verdict }) => verdict === 'unfit')
    .flatMap(({ channel }) => brokenRule(question, channel) ?? []);
  return { kind: 'none', unfit: [...new Set(unfit)], explanation };
}

/** `because` completes "it was not chosen because …", for operators. */
export function judge(question: RouteQuestion, channel: Channel): { verdict: Verdict; because: string } {
  const { row } = question;
  if (channel.mode !== question.mode) return not('wrong_mode', `it takes ${channel.mode} jobs only`);
  if (channel.state !== 'enabled') return not('not_enabled', `it is ${channel.state}`);
  const names = [row.id, ...row.aliases].map((name) => name.toLowerCase());
  if (channel.models !== null && !channel.models.some((model) => names.includes(model.toLowerCase())))
    return not('model_not_listed', `${row.id} is not among its models`);
  if (upstreamOf(question, channel) === null)
    return not('not_served', `its provider ${channel.provider} does not serve ${row.id} in mode ${question.spec.mode}`);
  const rule = brokenRule(question, channel);
  if (rule !== null) return not('unfit', `it cannot do this spec: ${rule.because.en}`);
  const enabled = channel.credentials.filter((credential) => credential.state === 'enabled');
  if (enabled.length === 0) return not('no_credential', 'it has no enabled credential');
  const left = enabled.filter((credential) => !question.tried.has(credential.id));
  if (left.length === 0 || question.tried.has(channel.id)) return not('already_refused', 'it refused this job before');
  return judgeHealth(question, channel, left) ?? judgeRoom(question, channel) ?? not('can', 'it can');
}

function not(verdict: Verdict, because: string): { verdict: Verdict; because: string } {
  return { verdict, because };
}

function judgeHealth(
  question: RouteQuestion,
  channel: Channel,
  credentials: readonly Credential[],
): { verdict: Verdict; because: string } | null {
  const own = question.standing('channel', channel.id);
  if (!own.callable) return not('unhealthy', `it rests after failures (${own.cause ?? 'unknown'})`);
  const standings = credentials.map((credential) => question.standing('credential', credential.id));
  if (standings.some((standing) => standing.callable)) return null;
  const causes = [...new Set(standings.map((standing) => standing.cause ?? 'unknown'))].join(', ');
  return not('unhealthy', `each of its credentials that could be tried rests after failures (${causes})`);
}

function judgeRoom(question: RouteQuestion, channel: Channel): { verdict: Verdict; because: string } | null {
  if (question.full.has(channel.id))
    return not('busy', 'its last place or its requests of this minute were just taken');
  const load = question.loads.get(channel.id) ?? { inFlight: 0, awaited: false };
  if (channel.maxConcurrency !== null && load.inFlight >= channel.maxConcurrency)
    return not('busy', `${load.inFlight} of its ${channel.maxConcurrency} places are taken`);
  if (question.yields && load.awaited) return not('busy', 'other jobs were waiting for it before');
  return null;
}

function upstreamOf({ providers, row, spec }: RouteQuestion, channel: Channel): JsonObject | null {
  const provider = providers.get(channel.provider);
  return provider === undefined ? null : upstreamWords(provider, channel, row, spec.mode);
}

/** What the channel's provider cannot do of the spec; null if nothing. */
function brokenRule({ providers, row, spec }: RouteQuestion, channel: Channel): Rule | null {
  const provider = providers.get(channel.provider);
  if (provider === undefined || !('resolution' in spec)) return null;
  return servingOf(provider, row, spec.mode)?.rules?.find((rule) => breaks(rule, spec)) ?? null;
}

function bestOf(channels: readonly Channel[]): readonly Channel[] {
  const priority = Math.max(...channels.map((channel) => channel.priority));
  return channels.filter((channel) => channel.priority === priority);
}

/** A channel half of whose calls fail gets half of its share, and always enough to show that it recovered. */
const LEAST_SHARE = 0.1;

function share(question: RouteQuestion, channel: Channel): number {
  return channel.weight * Math.max(LEAST_SHARE, question.standing('channel', channel.id).goodShare);
}

function explain(
  { channel, verdict, because }: Judged,
  chosen: Channel | null,
  best: readonly Channel[],
): ChannelVerdict {
  const base = { channelId: channel.id, channel: channel.name };
  if (verdict !== 'can' || chosen === null) return { ...base, verdict, because };
  if (channel === chosen) {
    const among = best.length === 1 ? 'alone in' : `drawn by weight and health from the ${best.length} in`;
    return { ...base, verdict: 'chosen', because: `${among} the highest priority that can (${channel.priority})` };
  }
  return best.includes(channel)
    ? { ...base, verdict: 'not_drawn', because: `${chosen.name}, of the same priority, was drawn by weight and health` }
    : { ...base, verdict: 'lower_priority', because: `its priority ${channel.priority} is below ${chosen.priority}` };
}

function callable(question: RouteQuestion, channel: Channel): Omit<Choice, 'kind' | 'explanation'> {
  const credentials = channel.credentials.filter(
    ({ id, state }) => state === 'enabled' && !question.tried.has(id) && question.standing('credential', id).callable,
  );
  const credential = pickByWeight(
    credentials,
    ({ id }) => Math.max(LEAST_SHARE, question.standing('credential', id).goodShare),
    question.credentialChance,
  );
  const provider = question.providers.get(channel.provider);
  const upstream = upstreamOf(question, channel);
  if (provider === undefined || upstream === null)
    throw new RangeError(`channel ${channel.id} was chosen but does not serve`);
  return { channel, credential, provider, upstream };
}

function restOf(
  question: RouteQuestion,
  channels: readonly Channel[],
): Omit<Extract<Route, { kind: 'unhealthy' }>, 'explanation'> {
  const standings = channels.flatMap((channel) => {
    const own = question.standing('channel', channel.id);
    if (!own.callable) return [own];
    return channel.credentials
      .filter(({ id, state }) => state === 'enabled' && !question.tried.has(id))
      .map(({ id }) => question.standing('credential', id));
  });
  return {
    kind: 'unhealthy',
    causes: new Set(standings.map(({ cause }) => cause)),
    untilMs: Math.min(...standings.flatMap(({ untilMs }) => (untilMs === null ? [] : [untilMs]))),
  };
}

function pickByWeight<T>(items: readonly T[], weightOf: (item: T) => number, chance: number): T {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = chance * total;
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('nothing to pick from');
  return last;
}
