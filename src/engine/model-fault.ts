/** Why a request cannot be made by the model it names, and which models could. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ModelRow } from '../model/catalogue.ts';
import type { ReadRequest, Scene } from '../model/request.ts';
import { modeOf } from '../model/resolve-inputs.ts';
import { violation } from '../model/violation.ts';
import type { Violation } from '../model/violation.ts';

/** More names than anyone reads. */
const MAX_NAMES = 8;

/** A request of a scene may leave the model out where the job that it builds on tells it. */
export function unknownModel({ request, params }: ReadRequest, catalogue: Catalogue): Violation {
  const param = params.model ?? 'model';
  if (request.model === '' && request.scene !== null) {
    const able = modelsWith(request.scene, catalogue);
    const subject = { en: `and must be one that offers ${request.scene}: ${able}`, zh: `可选:${able}` };
    return violation('missing', param, null, null, subject);
  }
  const nearest = catalogue.nearest(request.model);
  return violation('unknown_model', param, request.model, nearest.length === 0 ? null : { values: nearest });
}

/** Null where the model has the scene that is asked for. */
export function sceneFault({ request, params }: ReadRequest, row: ModelRow, catalogue: Catalogue): Violation | null {
  const { scene } = request;
  if (scene === null || modeOf(row, scene) !== null) return null;
  const able = modelsWith(scene, catalogue);
  return violation('not_supported', params.scene ?? params.model ?? 'model', scene, null, {
    en: `${row.id} does not offer ${scene}; models that do: ${able}`,
    zh: `${row.id} 不支持 ${scene};支持的模型:${able}`,
  });
}

function modelsWith(scene: Scene, { rows }: Catalogue): string {
  const names = rows.filter((row) => modeOf(row, scene) !== null).map((row) => row.id);
  const rest = names.length - MAX_NAMES;
  const some = names.slice(0, MAX_NAMES).join(', ');
  return rest > 0 ? `${some}, …` : some;
}
