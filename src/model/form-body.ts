/** Turns the flat fields of a form (`metadata[a][b]`, `images[]`, repeated keys) into the nested object they stand for. */

import type { Json, JsonObject } from './json.ts';
import { violation } from './violation.ts';
import type { Violation } from './violation.ts';

/** A name longer or nested deeper than its limit is a violation, and so are more fields than any client sends. */
export const FORM_LIMITS = { fields: 256, depth: 6, nameChars: 256 } as const;

export type FormField = { readonly name: string; readonly value: string };

export type FormBody =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly violations: readonly Violation[] };

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: Node[] }
  | { readonly kind: 'object'; readonly entries: Map<string, Node> };
type ObjectNode = Extract<Node, { kind: 'object' }>;

const BRACKETS = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const INDEX = /^(?:0|[1-9]\d{0,2})$/;

/** The steps of a field's name: `a[b][]` is `['a', 'b', '']`. A name that is not well formed is one literal step. */
export function formPath(name: string): readonly string[] {
  const match = BRACKETS.exec(name);
  const head = match?.[1];
  const tail = match?.[2] ?? '';
  if (head === undefined) return [name];
  return tail === '' ? [head] : [head, ...tail.slice(1, -1).split('][')];
}

/** The nested object of form fields in their order. Every leaf is text, except that repeated names make lists of texts. */
export function formBody(fields: readonly FormField[]): FormBody {
  if (fields.length > FORM_LIMITS.fields) {
    return refused(violation('too_many', 'body', fields.length, { min: 0, max: FORM_LIMITS.fields, unit: 'fields' }));
  }
  const root: ObjectNode = { kind: 'object', entries: new Map() };
  for (const field of fields) {
    const fault = nameFault(field.name) ?? put(root, formPath(field.name), field);
    if (fault !== null) return refused(fault);
  }
  return { ok: true, body: objectOf(root) };
}

function refused(fault: Violation): FormBody {
  return { ok: false, violations: [fault] };
}

function nameFault(name: string): Violation | null {
  if (name.length > FORM_LIMITS.nameChars) {
    const subject = { en: `a name of ${name.length} characters`, zh: `字段名共 ${name.length} 个字符` };
    const allowed = { min: 1, max: FORM_LIMITS.nameChars, unit: 'characters' };
    return violation('too_long', name.slice(0, 40), null, allowed, subject);
  }
  const path = formPath(name);
  if (path.length > FORM_LIMITS.depth) {
    const subject = {
      en: `it is nested deeper than ${FORM_LIMITS.depth} levels`,
      zh: `嵌套超过 ${FORM_LIMITS.depth} 层`,
    };
    return violation('unreadable', name, null, null, subject);
  }
  if (path.includes('__proto__')) {
    return violation('not_supported', name, null, null, { en: 'the name is reserved', zh: '该名称为保留字' });
  }
  return null;
}

function put(root: ObjectNode, path: readonly string[], field: FormField): Violation | null {
  let object = root;
  for (const [at, step] of path.entries()) {
    const rest = path.slice(at + 1);
    const there = object.entries.get(step);
    if (rest.every((next) => next === '')) return putLeaf(object, step, rest.length > 0, field);
    if (rest[0] === '') {
      const items = listAt(object, step);
      if (items === null) return clash(field.name);
      return putItem(items, rest.slice(1), field);
    }
    const next = there ?? { kind: 'object', entries: new Map<string, Node>() };
    if (next.kind !== 'object') return clash(field.name);
    object.entries.set(step, next);
    object = next;
  }
  return null;
}

function putLeaf(object: ObjectNode, key: string, asList: boolean, field: FormField): Violation | null {
  const there = object.entries.get(key);
  const leaf: Node = { kind: 'text', text: field.value };
  if (there === undefined) object.entries.set(key, asList ? { kind: 'list', items: [leaf] } : leaf);
  else if (there.kind === 'list') there.items.push(leaf);
  else if (there.kind === 'text') object.entries.set(key, { kind: 'list', items: [there, leaf] });
  else return clash(field.name);
  return null;
}

/** `list[][a]`: a new item begins when the last one already has what the path names. */
function putItem(items: Node[], path: readonly string[], field: FormField): Violation | null {
  const last = items[items.length - 1];
  if (last?.kind === 'object' && !holds(last, path)) return put(last, path, field);
  const fresh: ObjectNode = { kind: 'object', entries: new Map() };
  items.push(fresh);
  return put(fresh, path, field);
}

function holds(object: ObjectNode, path: readonly string[]): boolean {
  let node: Node = object;
  for (const step of path) {
    if (step === '') return false;
    if (node.kind !== 'object') return true;
    const next = node.entries.get(step);
    if (next === undefined) return false;
    node = next;
  }
  return true;
}

function listAt(object: ObjectNode, key: string): Node[] | null {
  const there = object.entries.get(key);
  if (there?.kind === 'list') return there.items;
  if (there !== undefined) return null;
  const items: Node[] = [];
  object.entries.set(key, { kind: 'list', items });
  return items;
}

function clash(name: string): Violation {
  const subject = { en: 'another field gives it a different shape', zh: '与另一字段的结构冲突' };
  return violation('unreadable', name, null, null, subject);
}

function valueOf(node: Node): Json {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'list':
      return node.items.map(valueOf);
    case 'object':
      return indexedItems(node)?.map(valueOf) ?? objectOf(node);
  }
}

function objectOf(node: ObjectNode): JsonObject {
  return Object.fromEntries([...node.entries].map(([key, item]) => [key, valueOf(item)]));
}

/** The items of `a[0]`, `a[1]`, … in the order of their numbers; null if the keys are anything else. */
function indexedItems(node: ObjectNode): readonly Node[] | null {
  const { entries } = node;
  if (![...entries.keys()].every((key) => INDEX.test(key))) return null;
  const items = Array.from(entries.keys(), (_, at) => entries.get(String(at)));
  return items.every((item) => item !== undefined) ? items : null;
}
