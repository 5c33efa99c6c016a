/** What operators may ask of routing: where a request would go, how channels are doing, and whether credentials work. */

import type { ModelRow } from '../model/catalogue.ts';
import { complete } from '../model/complete.ts';
import type { Failure } from '../model/failure.ts';
import type { KeyMode } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import { quote } from '../model/price.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { ReadRequest } from '../model/request.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Note } from '../model/violation.ts';
import type { CredentialTest } from '../providers/provider.ts';
import type { Channel } from '../store/channels.ts';
import { credentialContext } from '../store/credentials.ts';
import type { Credential } from '../store/credentials.ts';
import { callAllWaiting } from '../store/places.ts';
import { isServed, previewRoute, questionOf } from './candidates.ts';
import { planRequest } from './create.ts';
import type { EngineContext } from './engine-context.ts';
import type { Standing } from './health.ts';
import type { Route } from './route.ts';
import { callWithTurn } from './upstream-call.ts';
import type { Target } from './upstream-call.ts';
import { fitWords } from './vendor-words.ts';

export type DryRunOrder = {
  readonly mode: KeyMode;
  /** The models that the key to be tried may use; null for all. */
  readonly models: readonly string[] | null;
  readonly read: ReadRequest;
};

export type DryRun =
  | {
      readonly ok: true;
      readonly spec: VideoSpec;
      readonly notes: readonly Note[];
      /** Null where there is no price. */
      readonly quoteMicros: Micros | null;
      readonly price: PriceSnapshot | null;
      readonly route: Route;
    }
  | { readonly ok: false; readonly failure: Failure };

/** `live`: the vendor was asked. Else only the format was looked at. */
export type CredentialReport = CredentialTest & { readonly credentialId: string; readonly live: boolean };

export type RoutingDesk = {
  /**
   * What a create would come to at this moment. Makes and fetches nothing: what depends on the files of the inputs is as if
   * there were none.
   */
  dryRun(order: DryRunOrder): Promise<DryRun>;
  /** Ids of the models of which some channel serves at least one mode, however busy it may be; live ones have a price too. */
  servedModels(mode: KeyMode): Promise<ReadonlySet<string>>;
  /** Tries each of the channel's credentials; their text is in no answer. */
  test(channel: Channel): Promise<readonly CredentialReport[]>;
  /** As this node sees it. */
  standing(subject: 'channel' | 'credential', id: string): Standing;
  /** A channel was changed: jobs that wait may have somewhere to go now. */
  changed(): Promise<void>;
};

export function createRoutingDesk(context: EngineContext, wake: () => void): RoutingDesk {
  return {
    dryRun: (order) => dryRun(context, order),
    servedModels: async (mode) => {
      const channels = await context.channels.now();
      const isSold = (row: ModelRow): boolean => mode === 'test' || row.prices.length > 0;
      const isServedBy = (row: ModelRow): boolean =>
        row.modes.some((way) =>
          isServed(questionOf(context, { spec: { model: row.id, mode: way.name }, mode, row }, channels)),
        );
      return new Set(context.catalogue.now().rows.flatMap((row) => (isSold(row) && isServedBy(row) ? [row.id] : [])));
    },
    test: async (channel) => {
      const reports: CredentialReport[] = [];
      for (const credential of channel.credentials) reports.push(await testCredential(context, channel, credential));
      return reports;
    },
    standing: context.health.standing,
    changed: async () => {
      context.channels.forget();
      if ((await callAllWaiting(context.db)) > 0) wake();
    },
  };
}

async function dryRun(context: EngineContext, { mode, models, read }: DryRunOrder): Promise<DryRun> {
  const plan = planRequest(read, models, context.catalogue.now());
  if (!plan.ok) return plan;
  const { match, notes } = plan;
  const completion = complete(plan.spec, match.row, []);
  if (!completion.ok) throw new RangeError('a spec without files cannot contradict them');
  const { spec } = completion;
  const route = await previewRoute(
    context,
    questionOf(
      context,
      { spec: { ...spec, inputs: plan.spec.inputs }, mode, row: match.row },
      await context.channels.now(),
    ),
  );
  // What an input is for is known before its bytes are, and may decide the price.
  const priced = quote({ ...spec, inputs: plan.spec.inputs }, match.row);
  return { ok: true, spec, notes, quoteMicros: priced?.amountMicros ?? null, price: priced?.price ?? null, route };
}

async function testCredential(
  context: EngineContext,
  channel: Channel,
  credential: Credential,
): Promise<CredentialReport> {
  const base = { credentialId: credential.id };
  const provider = context.providers.get(channel.provider);
  if (provider === undefined)
    return { ...base, live: false, ok: false, message: `This build has no provider ${channel.provider}.` };
  const text = opened(context, credential);
  if (text === null)
    return {
      ...base,
      live: false,
      ok: false,
      message: 'It was stored with another secret and cannot be read. Set it again.',
    };
  const fault = provider.credentialFault(text);
  if (fault !== null) return { ...base, live: false, ok: false, message: fitWords(fault, text) };
  if (provider.testCredential === undefined) {
    const message =
      'Its format and the address are well formed; this provider has no call that would try it at no cost.';
    return { ...base, live: false, ok: true, message };
  }
  return { ...base, ...(await tryLive(context, { channel, provider, credential })) };
}

async function tryLive(context: EngineContext, target: Target): Promise<CredentialTest & { readonly live: boolean }> {
  const test = target.provider.testCredential?.bind(target.provider);
  if (test === undefined) throw new RangeError(`${target.provider.name} cannot test credentials`);
  try {
    const { ok, message } = await callWithTurn(
      context,
      { ...target, attemptToken: context.newId() },
      context.limits.checkMs,
      (io) => test(io),
      (result) =>
        result.ok
          ? { kind: 'answered', by: 'submit' }
          : { kind: 'failed', cause: 'upstream_credential', retryAfterMs: null },
    );
    return { live: true, ok, message };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { live: false, ok: false, message: `The provider could not be asked: ${detail}` };
  }
}

function opened(context: EngineContext, credential: Credential): string | null {
  try {
    return context.secrets.open(credential.sealed, credentialContext(credential));
  } catch {
    return null;
  }
}
