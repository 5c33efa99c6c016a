/** Requests as the server hands them to the dialect, and what reading them gives. */

import type { Command, Incoming, IncomingFile, ReadResult } from '../../../src/dialects/dialect.ts';
import { openai } from '../../../src/dialects/openai/dialect.ts';
import { formBody } from '../../../src/model/form-body.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { ReadRequest } from '../../../src/model/request.ts';
import { violationMessage } from '../../../src/model/violation.ts';

export type FormFields = readonly (readonly [string, string])[];

const NOTHING: Incoming = {
  params: {},
  query: {},
  queryAll: {},
  headers: {},
  body: null,
  files: [],
  multipart: false,
};

export function call(method: string, path: string, incoming: Partial<Incoming>): ReadResult {
  const route = openai.routes.find((candidate) => candidate.method === method && candidate.path === path);
  if (route === undefined) throw new Error(`no route ${method} ${path}`);
  return route.read({ ...NOTHING, ...incoming });
}

export function commandOf(result: ReadResult): Command {
  if (result.ok) return result.command;
  throw new Error(result.violations.map((fault) => violationMessage(fault, 'en')).join(' '));
}

export function create(body: Json, files: readonly IncomingFile[] = []): ReadResult {
  return call('POST', '/v1/videos', { body, files });
}

export function createForm(fields: FormFields, files: readonly IncomingFile[] = []): ReadResult {
  const form = formBody(fields.map(([name, value]) => ({ name, value })));
  if (!form.ok) return { ok: false, violations: form.violations };
  return call('POST', '/v1/videos', { body: form.body, files, multipart: true });
}

export function readOf(result: ReadResult): ReadRequest {
  const command = commandOf(result);
  if (command.kind !== 'create') throw new Error(`a ${command.kind} is no create`);
  return command.read;
}

/** Only what the client decided: every other field is null. */
export function said(read: ReadRequest): JsonObject {
  const { request } = read;
  const isSaid = ([, value]: [string, unknown]): boolean => {
    if (value === null) return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  };
  return JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(request).filter(isSaid))));
}

export function faultsOf(result: ReadResult): readonly string[] {
  return result.ok ? [] : result.violations.map((fault) => `${fault.code} ${fault.param}`);
}

export function notesOf(result: ReadResult): readonly string[] {
  return readOf(result).notes.map((note) => `${note.code} ${note.param}`);
}

export function file(field: string, fileName: string | null, sha256: string = 'aa'): IncomingFile {
  return { field, upload: { sha256, bytes: 10, fileName } };
}
