/** The words by which a channel's provider knows a model. Pure. */

import type { ModelRow, Serving } from '../model/catalogue.ts';
import { isObject, property } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Provider } from '../providers/provider.ts';
import type { Channel } from '../store/channels.ts';

/** The row by which a provider serves the model in this mode; undefined if the catalogue has none. */
export function servingOf(
  provider: Pick<Provider, 'name'>,
  row: Pick<ModelRow, 'servings'>,
  mode: VideoSpec['mode'],
): Serving | undefined {
  return row.servings.find(
    (candidate) => candidate.provider === provider.name && (candidate.modes?.includes(mode) ?? true),
  );
}

/** Null if the provider does not serve the model in this mode. */
export function upstreamWords(
  provider: Provider,
  channel: Pick<Channel, 'models' | 'modelMap'>,
  row: Pick<ModelRow, 'id' | 'aliases' | 'servings'>,
  mode: VideoSpec['mode'],
): JsonObject | null {
  const serving = servingOf(provider, row, mode);
  const own = property(channel.modelMap, row.id);
  const renamed = typeof own === 'string' ? { name: own } : isObject(own) ? own : {};
  if (serving !== undefined || provider.servesEveryModel) return { ...serving?.upstream, ...renamed };
  if (provider.openTo?.modes.includes(mode) !== true) return null;
  const listed = spellingOf(row, channel.models ?? []);
  if (provider.openTo.models === 'named' && own === undefined && listed === null) return null;
  // Where only the operator knows the models, their spelling is the provider's.
  return { ...(listed === null ? {} : { model: listed }), ...renamed };
}

function spellingOf(row: Pick<ModelRow, 'id' | 'aliases'>, models: readonly string[]): string | null {
  const names = [row.id, ...row.aliases].map((name) => name.toLowerCase());
  return models.find((model) => names.includes(model.toLowerCase())) ?? null;
}
