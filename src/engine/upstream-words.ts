/** The words by which a channel's provider knows a model. Pure. */

import type { ModelRow } from '../model/catalogue.ts';
import { isObject, property } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Provider } from '../providers/provider.ts';
import type { Channel } from '../store/channels.ts';

/** Null if the provider does not serve the model in this mode. */
export function upstreamWords(
  provider: Provider,
  channel: Pick<Channel, 'modelMap'>,
  row: Pick<ModelRow, 'id' | 'servings'>,
  mode: VideoSpec['mode'],
): JsonObject | null {
  const serving = row.servings.find(
    (candidate) => candidate.provider === provider.name && (candidate.modes?.includes(mode) ?? true),
  );
  if (serving === undefined && !provider.servesEveryModel) return null;
  const own = property(channel.modelMap, row.id);
  const renamed = typeof own === 'string' ? { name: own } : isObject(own) ? own : {};
  return { ...serving?.upstream, ...renamed };
}
