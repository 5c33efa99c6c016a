/** Admin routes of channels: the operator's accounts at providers. Credentials go in and never come out. */

import { Type } from 'typebox';
import type { Static } from 'typebox';

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Provider } from '../../providers/provider.ts';
import { CHANNEL_STATES, deleteChannel, insertChannel, listChannels, updateChannel } from '../../store/channels.ts';
import { insertCredentials, retireCredentials, setCredentialState } from '../../store/credentials.ts';
import type { Channel, ChannelState } from '../../store/channels.ts';
import { isUniqueViolation } from '../../store/database.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { costBody, Costs, costsOf } from './channel-costs.ts';
import { readPool } from './credential-pool.ts';
import { checkModels, Models } from './models.ts';
import { Exactly, idIn, Name, Nullable, refused, taken, unknown } from './shapes.ts';
import { newId } from '../../new-id.ts';

const WHAT = 'channel';

const integer = (minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` });
const ModelMap = Type.Record(Type.String({ maxLength: 200 }), Type.String({ minLength: 1, maxLength: 200 }), {
  description: "an object of model names to the provider's names",
});

const settings = {
  base_url: Type.Optional(Nullable(Type.String({ maxLength: 2000 }), 'an http or https URL')),
  credentials: Type.Optional(
    Type.String({ maxLength: 200_000, description: "the provider's keys as a text, one per line" }),
  ),
  models: Type.Optional(Nullable(Models, 'a list of model names')),
  model_map: Type.Optional(ModelMap),
  priority: Type.Optional(integer(-1_000_000, 1_000_000)),
  weight: Type.Optional(integer(1, 1_000_000)),
  max_concurrency: Type.Optional(Nullable(integer(1, 1_000_000), 'a whole number from 1 to 1000000')),
  requests_per_minute: Type.Optional(Nullable(integer(1, 1_000_000), 'a whole number from 1 to 1000000')),
  costs: Type.Optional(Costs),
  retry_after_failure: Type.Optional(Type.Boolean({ description: 'true or false' })),
  fit_inputs: Type.Optional(Type.Boolean({ description: 'true or false' })),
  enabled: Type.Optional(Type.Boolean({ description: 'true or false' })),
  state: Type.Optional(
    Type.Union(
      CHANNEL_STATES.map((state) => Type.Literal(state)),
      { description: `one of ${CHANNEL_STATES.join(', ')}` },
    ),
  ),
};
export const NewChannel = Exactly({
  name: Name,
  provider: Type.String({ maxLength: 100, description: 'the name of a provider' }),
  mode: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('test')], { description: "'live' or 'test'" })),
  ...settings,
});
const ChannelChange = Exactly({ name: Type.Optional(Name), ...settings });
const CredentialChange = Exactly({ enabled: Type.Boolean({ description: 'true or false' }) });
const Params = Type.Object({ id: Type.String() });
const CredentialParams = Type.Object({ id: Type.String(), credential: Type.String() });

export function installChannels(app: TypedApp, deps: ServerDependencies): void {
  const { db, log } = deps;

  app.post('/channels', { schema: { body: NewChannel } }, async (request, reply) => {
    const { body } = request;
    const provider = providerOf(deps, body.provider);
    const id = newId();
    const credentials = readPool(deps.secrets, provider, id, body.credentials ?? '');
    const fresh = freshChannel(id, body.name, provider.name, body.mode ?? 'live');
    const channel = { ...fresh, ...settingsOf(deps.catalogue.now(), body, fresh), credentials };
    const write = db.transaction(async (tx) => {
      await insertChannel(tx, channel);
      await insertCredentials(tx, credentials);
    });
    await unlessTaken(write);
    await deps.engine.routing.changed();
    log.info({ request_id: request.id, channel: id, provider: provider.name }, 'channel created');
    return reply.code(201).send(channelBody(deps, channel));
  });

  app.get('/channels', async () => {
    const channels = await listChannels(db);
    return { data: channels.map((channel) => channelBody(deps, channel)), next: null };
  });

  app.get('/channels/:id', { schema: { params: Params } }, async (request) => {
    return channelBody(deps, await existing(deps, idIn(request.params, WHAT)));
  });

  app.patch('/channels/:id', { schema: { params: Params, body: ChannelChange } }, async (request) => {
    const { body } = request;
    const now = await existing(deps, idIn(request.params, WHAT));
    const pool =
      body.credentials === undefined
        ? null
        : readPool(deps.secrets, providerOf(deps, now.provider), now.id, body.credentials);
    const credentials = pool ?? now.credentials;
    const channel = {
      ...now,
      name: body.name ?? now.name,
      ...settingsOf(deps.catalogue.now(), body, now),
      credentials,
    };
    const write = db.transaction(async (tx) => {
      await updateChannel(tx, channel);
      if (pool === null) return;
      await retireCredentials(tx, now.id);
      await insertCredentials(tx, pool);
    });
    await unlessTaken(write);
    await deps.engine.routing.changed();
    log.info({ request_id: request.id, channel: now.id, fields: Object.keys(body) }, 'channel changed');
    return channelBody(deps, channel);
  });

  app.delete('/channels/:id', { schema: { params: Params } }, async (request, reply) => {
    const id = idIn(request.params, WHAT);
    if (!(await deleteChannel(db, id))) throw unknown(WHAT);
    await deps.engine.routing.changed();
    log.info({ request_id: request.id, channel: id }, 'channel deleted');
    return reply.code(204).send();
  });

  app.post('/channels/:id/test', { schema: { params: Params } }, async (request) => {
    const channel = await existing(deps, idIn(request.params, WHAT));
    const reports = await deps.engine.routing.test(channel);
    return {
      channel_id: channel.id,
      ok: reports.length > 0 && reports.every((report) => report.ok),
      credentials: reports.map(({ credentialId, ok, live, message }) => ({
        id: credentialId,
        tail: channel.credentials.find(({ id }) => id === credentialId)?.tail ?? null,
        ok,
        checked: live ? 'live' : 'dry',
        message,
      })),
    };
  });

  app.patch(
    '/channels/:id/credentials/:credential',
    { schema: { params: CredentialParams, body: CredentialChange } },
    async (request) => {
      const id = idIn(request.params, WHAT);
      const credential = idIn({ id: request.params.credential }, 'credential');
      const state = request.body.enabled ? 'enabled' : 'disabled';
      const channel = await existing(deps, id);
      if (!(await setCredentialState(db, channel.id, credential, state))) throw unknown('credential');
      await deps.engine.routing.changed();
      log.info({ request_id: request.id, channel: id, credential, state }, 'credential changed');
      return channelBody(deps, await existing(deps, id));
    },
  );
}

function freshChannel(id: string, name: string, provider: string, mode: Channel['mode']): Channel {
  return {
    id,
    name,
    provider,
    mode,
    baseUrl: null,
    credentials: [],
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
    state: 'enabled',
    costs: [],
    retryAfterFailure: false,
    fitInputs: false,
  };
}

type Settings = Omit<Channel, 'id' | 'name' | 'provider' | 'mode' | 'credentials'>;

function settingsOf(catalogue: Catalogue, body: Static<typeof ChannelChange>, now: Settings): Settings {
  checkModels(catalogue, body.models);
  const modelMap: JsonObject | undefined = body.model_map;
  return {
    baseUrl: body.base_url === undefined ? now.baseUrl : baseUrlOf(body.base_url),
    models: body.models === undefined ? now.models : body.models,
    modelMap: modelMap ?? now.modelMap,
    priority: body.priority ?? now.priority,
    weight: body.weight ?? now.weight,
    maxConcurrency: body.max_concurrency === undefined ? now.maxConcurrency : body.max_concurrency,
    requestsPerMinute: body.requests_per_minute === undefined ? now.requestsPerMinute : body.requests_per_minute,
    state: stateOf(body, now.state),
    costs: body.costs === undefined ? now.costs : costsOf(catalogue, body.costs),
    retryAfterFailure: body.retry_after_failure ?? now.retryAfterFailure,
    fitInputs: body.fit_inputs ?? now.fitInputs,
  };
}

/** `enabled` is the short way to say `state`. */
function stateOf(body: Static<typeof ChannelChange>, now: ChannelState): ChannelState {
  if (body.enabled === undefined) return body.state ?? now;
  const meant = body.enabled ? 'enabled' : 'disabled';
  if (body.state !== undefined && body.state !== meant)
    throw refused('state', "'state' and 'enabled' contradict each other.");
  return meant;
}

/** Without a slash at the end. The address is the operator's and may be private, but it must be no more than an address. */
function baseUrlOf(text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isPlain || /[?#]/.test(text)) {
    throw refused('base_url', "'base_url' must be an http or https URL without credentials, query or fragment.");
  }
  return url.href.replace(/\/+$/, '');
}

function providerOf(deps: ServerDependencies, name: string): Provider {
  const provider = deps.providers.get(name);
  if (provider !== undefined) return provider;
  throw refused('provider', `'provider' names no provider. Allowed: ${[...deps.providers.keys()].join(', ')}.`);
}

async function unlessTaken(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (isUniqueViolation(error, 'channel_name')) throw taken('name', 'Another channel has this name.');
    throw error;
  }
}

async function existing(deps: ServerDependencies, id: string): Promise<Channel> {
  const channel = (await listChannels(deps.db)).find((candidate) => candidate.id === id);
  if (channel === undefined) throw unknown(WHAT);
  return channel;
}

function channelBody(deps: ServerDependencies, channel: Channel) {
  return {
    id: channel.id,
    name: channel.name,
    provider: channel.provider,
    mode: channel.mode,
    base_url: channel.baseUrl,
    health: healthBody(deps, 'channel', channel.id),
    credentials: channel.credentials.map(({ id, tail, state }) => ({
      id,
      tail,
      state,
      health: healthBody(deps, 'credential', id),
    })),
    models: channel.models,
    model_map: channel.modelMap,
    priority: channel.priority,
    weight: channel.weight,
    max_concurrency: channel.maxConcurrency,
    requests_per_minute: channel.requestsPerMinute,
    costs: channel.costs.map(costBody),
    retry_after_failure: channel.retryAfterFailure,
    fit_inputs: channel.fitInputs,
    enabled: channel.state === 'enabled',
    state: channel.state,
  };
}

/** As the node that answers has seen it. */
function healthBody(deps: ServerDependencies, subject: 'channel' | 'credential', id: string) {
  const { state, cause, goodShare, untilMs } = deps.engine.routing.standing(subject, id);
  return {
    state,
    cause,
    good_share: Math.round(goodShare * 100) / 100,
    rests_until: untilMs === null ? null : new Date(untilMs).toISOString(),
  };
}
