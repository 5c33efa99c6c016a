/** Lists of model names in admin requests. */

import { Type } from 'typebox';

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { refused } from './shapes.ts';

export const Models = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 500 });

/** Throws for a name that the catalogue does not have. */
export function checkModels(catalogue: Catalogue, names: readonly string[] | null | undefined): void {
  const wrong = names?.find((name) => catalogue.find(name) === null);
  if (wrong !== undefined) throw refused('models', `'models' names '${wrong}', which is no model.`);
}
