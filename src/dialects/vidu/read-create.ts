/** Reads a create of any kind: what all kinds share, and what is its own by the table. */

import type { Json } from '../../model/json.ts';
import { EMPTY_REQUEST } from '../../model/request.ts';
import type { VideoRequest } from '../../model/request.ts';
import { bodyPlace } from '../body.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { leftovers, readRaw } from '../fields.ts';
import type { Place } from '../fields.ts';
import { blame, findings, missing, prefer, remarkUnknown } from '../findings.ts';
import type { Findings } from '../findings.ts';
import type { Kind } from './kinds.ts';
import { CANONICAL_FIELDS, isVendorField, VENDOR_FIELDS } from './task-fields.ts';

export function readCreate(kind: Kind, incoming: Incoming): ReadResult {
  const into = findings();
  const top = bodyPlace(incoming, into);
  if (top === null) return { ok: false, violations: into.violations };
  const request = readRequest(kind, top, into);
  remarkUnknown(into, leftovers(top));
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const read = { request, params: into.params, roleParams: kind.roleParams, notes: into.notes };
  return { ok: true, command: { kind: 'create', read } };
}

function readRequest(kind: Kind, top: Place, into: Findings): VideoRequest {
  const vendor: Record<string, Json> = {};
  let request: VideoRequest = { ...EMPTY_REQUEST, model: kind.model ?? '', scene: kind.scene };
  for (const name of kind.fields) {
    if (isVendorField(name)) {
      const found = prefer(into, [VENDOR_FIELDS[name].read(top)]);
      if (found !== null) vendor[name] = found.value;
    } else {
      request = { ...request, ...CANONICAL_FIELDS[name].read(top, into) };
    }
  }
  const needed = kind.model === null ? ['model', ...kind.required] : kind.required;
  for (const name of needed) {
    const field = readRaw(top, name);
    if (field.kind === 'absent' || (field.kind === 'value' && field.value === '')) blame(into, missing(name));
  }
  const { vendor: own = {}, ...given } = kind.readInputs(top, into);
  return { ...request, ...given, vendor: { ...vendor, ...own } };
}
