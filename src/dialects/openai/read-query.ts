/** Reads the calls of `/v1/videos` that have no body: list, and the content of one video. */

import { ASSET_VARIANTS } from '../../model/job.ts';
import { violation } from '../../model/violation.ts';
import type { Incoming, ReadResult } from '../dialect.ts';
import { place, readChoice, readCursor, readPageNumber, readText } from '../fields.ts';
import type { Place } from '../fields.ts';
import { findings, prefer } from '../findings.ts';
import { writeAddress, writeList } from './write.ts';

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;
const MAX_IDS = 100;
/** Repeated ids count once; beyond this nobody counts. */
const MAX_ID_TEXTS = 1_000;
export const ORDERS = ['asc', 'desc'] as const;

/** `ids`, or else `after`, `limit` (1 to 100, default 20) and `order` (default newest first). */
export function readList(incoming: Incoming): ReadResult {
  const at = place(incoming.query, '', true);
  const ids = readText(at, 'ids');
  return ids.kind === 'value' ? readBatch(ids.value, incoming) : readPage(at);
}

/** At most 100 ids with commas between them, each of them once. */
function readBatch(text: string, incoming: Incoming): ReadResult {
  const paging = ['after', 'limit', 'order'].find((name) => (incoming.query[name] ?? '') !== '');
  if (paging !== undefined) {
    const because = { en: 'ids are answered all at once, without pages', zh: 'ids 会一次性返回,不分页' };
    return { ok: false, violations: [violation('contradiction', paging, incoming.query[paging], null, because)] };
  }
  const ids = [...new Set(text.split(',', MAX_ID_TEXTS).map((id) => id.trim()))].filter((id) => id !== '');
  if (ids.length >= 1 && ids.length <= MAX_IDS) return { ok: true, command: { kind: 'batch', ids, write: writeList } };
  const allowed = { min: 1, max: MAX_IDS, unit: 'ids' };
  return {
    ok: false,
    violations: [violation(ids.length > MAX_IDS ? 'too_many' : 'too_few', 'ids', ids.length, allowed)],
  };
}

function readPage(at: Place): ReadResult {
  const into = findings();
  const after = prefer(into, [readCursor(at, 'after')]);
  const limit = prefer(into, [readPageNumber(at, 'limit', MAX_LIMIT)]);
  const order = prefer(into, [readChoice(at, 'order', ORDERS)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const query = { after: after?.value ?? null, limit: limit?.value ?? DEFAULT_LIMIT, order: order?.value ?? 'desc' };
  return { ok: true, command: { kind: 'list', query, write: writeList } };
}

export function readContent(incoming: Incoming): ReadResult {
  const into = findings();
  const variant = prefer(into, [readChoice(place(incoming.query, '', true), 'variant', ASSET_VARIANTS)]);
  if (into.violations.length > 0) return { ok: false, violations: into.violations };
  const asked = { id: idOf(incoming), variant: variant?.value ?? 'video' } as const;
  return wantsAddress(incoming.headers.accept ?? '*/*')
    ? { ok: true, command: { kind: 'address', ...asked, write: writeAddress } }
    : { ok: true, command: { kind: 'content', ...asked } };
}

/** The id as it was sent: a malformed one is for the server to answer like an unknown one. */
export function idOf(incoming: Incoming): string {
  return incoming.params.id ?? '';
}

const MAX_ACCEPT_CHARS = 512;
const BYTES = new Set(['*/*', 'application/*', 'application/binary', 'application/octet-stream']);

/** Whether JSON is named and liked better than bytes; most HTTP libraries name both, and then mean bytes. */
function wantsAddress(accept: string): boolean {
  let json = 0;
  let bytes = 0;
  for (const range of accept.slice(0, MAX_ACCEPT_CHARS).toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    if (type === 'application/json') json = Math.max(json, weight);
    else if (BYTES.has(type) || /^(?:video|image)\//.test(type)) bytes = Math.max(bytes, weight);
  }
  return json > bytes;
}
