/** Lists of model names in admin requests. */

import { Type } from 'typebox';

import type { ServerDependencies } from '../dependencies.ts';
import { refused } from './shapes.ts';

export const Models = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 500 });

/** Throws for a name that the catalogue does not have. */
export function checkModels(deps: ServerDependencies, names: readonly string[] | null | undefined): void {
  const catalogue = deps.models;
  if (catalogue === undefined) return;
  const wrong = names?.find((name) => !catalogue.has(name));
  if (wrong !== undefined) throw refused('models', `'models' names '${wrong}', which is no model.`);
}
