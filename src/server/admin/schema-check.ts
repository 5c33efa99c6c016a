/** Checks admin requests against their TypeBox schemas and says in a sentence what each wrong field should be. */

import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import type { TSchema } from 'typebox';

import { FailureError } from '../../model/failure.ts';
import { isObject } from '../../model/json.ts';
import { violation } from '../../model/violation.ts';
import type { Violation } from '../../model/violation.ts';

type Check = (value: unknown) => { readonly value: unknown } | { readonly error: FailureError };

const MAX_SENTENCES = 8;
const MAX_NAME_CHARS = 60;

/** Never repeats a value: it may be a secret. */
export function compileSchema(schema: unknown): Check {
  const rule = schema as TSchema;
  const validator = Compile(rule);
  return (value) => {
    if (validator.Check(value)) return { value };
    return { error: refusal(rule, isObject(value) ? validator.Errors(value) : []) };
  };
}

type Fault = { readonly sentence: string; readonly violation: Violation };

function refusal(schema: TSchema, errors: readonly TLocalizedValidationError[]): FailureError {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    for (const fault of faultsOf(schema, error)) {
      if (!faults.has(fault.violation.param)) faults.set(fault.violation.param, fault);
    }
  }
  const found = [...faults.values()].slice(0, MAX_SENTENCES);
  const message =
    found.length === 0 ? 'The body must be a JSON object.' : found.map((fault) => fault.sentence).join(' ');
  return new FailureError({ kind: 'invalid_request', message, violations: found.map((fault) => fault.violation) });
}

function faultsOf(schema: TSchema, error: TLocalizedValidationError): Fault[] {
  const path = error.instancePath.split('/').slice(1);
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => {
        const param = paramOf([...path, name]);
        return { sentence: `'${param}' is required.`, violation: violation('missing', param, null) };
      });
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => {
        const param = paramOf([...path, name]);
        return { sentence: `There is no field '${param}'.`, violation: violation('not_supported', param, null) };
      });
    case 'boolean': {
      // How the checker puts it that nothing is allowed in a place.
      const param = paramOf(path);
      return [{ sentence: `There is no field '${param}'.`, violation: violation('not_supported', param, null) }];
    }
    default: {
      const param = paramOf(path);
      const wanted = descriptionAt(schema, path);
      const sentence = wanted === null ? `'${param}' ${error.message}.` : `'${param}' must be ${wanted}.`;
      return param === '' ? [] : [{ sentence, violation: violation('wrong_type', param, null) }];
    }
  }
}

function paramOf(path: readonly string[]): string {
  return path.map((step) => step.slice(0, MAX_NAME_CHARS)).join('.');
}

/** The description nearest to the place in the schema. */
function descriptionAt(schema: TSchema, path: readonly string[]): string | null {
  let place: unknown = schema;
  let found: string | null = null;
  for (const step of path) {
    const properties: unknown = isObject(place) ? place.properties : undefined;
    place = isObject(properties) ? properties[step] : undefined;
    if (isObject(place) && typeof place.description === 'string') found = place.description;
  }
  return found;
}
