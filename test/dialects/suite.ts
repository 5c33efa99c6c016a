/** What every dialect promises: no field lost in silence, no request that breaks it, and every answer on a golden page. */

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Command, Dialect, Incoming, ReadResult, Route } from '../../src/dialects/dialect.ts';
import { FAILURES } from '../../src/model/failure.ts';
import type { FailureKind } from '../../src/model/failure.ts';
import { JOB_STATES } from '../../src/model/job.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { ReadRequest } from '../../src/model/request.ts';
import { violation, violationMessage } from '../../src/model/violation.ts';
import { commandAnswers } from './command-pages.ts';
import { failedView, viewIn } from './job-views.ts';
import type { FieldSample, RoutePage } from './route-page.ts';

export type DialectPage = {
  readonly dialect: Dialect;
  /** Folder of the golden pages. */
  readonly folder: string;
  readonly creates: readonly RoutePage[];
};

const NOTHING: Incoming = {
  params: {},
  query: {},
  queryAll: {},
  headers: {},
  body: null,
  files: [],
  multipart: false,
};
const FUZZ_RUNS = 150;

/** What the dialect makes of a request to one of its routes. */
export function readAt(dialect: Dialect, route: string, incoming: Partial<Incoming>): ReadResult {
  return routeOf(dialect, route).read({ ...NOTHING, ...incoming });
}

export function routeOf(dialect: Dialect, name: string): Route {
  const found = dialect.routes.find(({ method, path }) => `${method} ${path}` === name);
  if (found === undefined) throw new Error(`${dialect.name} has no route ${name}`);
  return found;
}

/** The command; fails the test with the violations of a request that is refused. */
export function commandOf(result: ReadResult): Command {
  if (result.ok) return result.command;
  throw new Error(result.violations.map((fault) => violationMessage(fault, 'en')).join(' '));
}

export function createOf(result: ReadResult): ReadRequest {
  const command = commandOf(result);
  if (command.kind !== 'create') throw new Error(`a ${command.kind} is no create`);
  return command.read;
}

/** What the client decided, and nothing else. */
export function said(read: ReadRequest): JsonObject {
  const kept = Object.entries(read.request).filter(
    ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as JsonObject;
}

export function faultsOf(result: ReadResult): readonly string[] {
  return result.ok ? [] : result.violations.map((fault) => `${fault.code} ${fault.param}`);
}

/** Registers the tests that every dialect must pass. */
export function describeDialect(page: DialectPage): void {
  const { dialect } = page;
  describe(`every dialect: ${dialect.title}`, () => {
    describe.each(page.creates)('$route', (route) => {
      it.each(Object.entries(route.fields))('reads %s, or notes why not', (path, sample) =>
        checkField(page, route, path, sample),
      );

      it.each(Object.entries(route.fields))('keeps no %s that cannot be stored', (path, sample) => {
        const { beside } = isBeside(sample) ? sample : { beside: {} };
        for (const value of ['a\u0000b', ['a\u0000b'], { b: 'a\u0000b' }]) {
          const body = withField({ ...route.base, ...beside }, path.split('.'), value);
          const result = readPage(page, route, body);
          if (result.ok) expect(JSON.stringify(createOf(result))).not.toContain(String.raw`\u0000`);
        }
      });

      it('notes a field that it does not know', () => {
        const read = createOf(readPage(page, route, { ...route.base, hairstyle: 'curly' }));
        expect(read.notes.map((note) => note.param)).toContain('hairstyle');
      });

      it('documents each field of its schema on its page', () => {
        const { bodySchema } = routeOf(dialect, route.route);
        const properties = bodySchema !== null && 'properties' in bodySchema ? bodySchema.properties : {};
        const pages = new Set([
          ...Object.keys(route.base),
          ...Object.keys(route.fields).map((path) => path.split('.')[0]),
        ]);
        expect(Object.keys(properties as object).filter((key) => !pages.has(key))).toEqual([]);
      });

      it('breaks on no body, and blames a field whenever it refuses', () => {
        const bodies = fc.oneof(
          fc.json().map((text) => JSON.parse(text) as Json),
          mangled(route.base),
        );
        fc.assert(
          fc.property(bodies, (body) => {
            const result = readPage(page, route, body);
            if (!result.ok) expect(result.violations.every((fault) => fault.param !== '')).toBe(true);
            if (!result.ok) expect(result.violations.length).toBeGreaterThan(0);
          }),
          { numRuns: FUZZ_RUNS },
        );
      });
    });

    it('tells where a missing input would go as on its golden page', async () => {
      const places = Object.fromEntries(
        page.creates.map((route) => [route.route, createOf(readPage(page, route, route.base)).roleParams]),
      );
      await expect(pretty(places)).toMatchFileSnapshot(join(page.folder, 'golden/role-params.json'));
    });

    it('answers every command about a job in every state as on its golden page', async () => {
      const views = Object.fromEntries(JOB_STATES.map((state) => [state, viewIn(state)]));
      const answers = commandAnswers(dialect, page.creates, views);
      await expect(pretty(answers)).toMatchFileSnapshot(join(page.folder, 'golden/commands.json'));
    });

    it('answers every command about a job that failed in any way as on its golden page', async () => {
      const kinds = Object.keys(FAILURES) as FailureKind[];
      const views = Object.fromEntries(kinds.map((kind) => [kind, failedView(kind)]));
      const answers = commandAnswers(dialect, page.creates, views);
      await expect(pretty(answers)).toMatchFileSnapshot(join(page.folder, 'golden/failed-jobs.json'));
    });

    it('refuses a request in every way as on its golden page, in both languages', async () => {
      const kinds = Object.keys(FAILURES) as FailureKind[];
      const faults = [violation('not_offered', 'size', '1x1', { values: ['1280x720'] })];
      const refusals = {
        ...Object.fromEntries(
          kinds.map((kind) => [kind, dialect.writeFailure({ kind, message: `It is ${kind}.` }, 'en', 'req_1')]),
        ),
        'a field, in English': dialect.writeFailure(
          { kind: 'invalid_request', message: '', violations: faults },
          'en',
          'req_1',
        ),
        'a field, in Chinese': dialect.writeFailure(
          { kind: 'invalid_request', message: '', violations: faults },
          'zh',
          'req_1',
        ),
      };
      await expect(pretty(refusals)).toMatchFileSnapshot(join(page.folder, 'golden/refusals.json'));
    });

    it('tells nobody of channels, attempts or what a job costs us', () => {
      for (const state of JOB_STATES) {
        expect(JSON.stringify(dialect.writeJob(viewIn(state), 'get', 'en').body)).not.toMatch(
          /channel|attempt_id|accountId|keyId/,
        );
      }
    });
  });
}

function readPage(page: DialectPage, route: RoutePage, body: Json): ReadResult {
  const { params = {}, query = {}, headers = {} } = route;
  return readAt(page.dialect, route.route, { params, query, headers, body });
}

function checkField(page: DialectPage, route: RoutePage, path: string, sample: FieldSample): void {
  const { value, beside } = isBeside(sample) ? sample : { value: sample, beside: {} };
  const without = createOf(readPage(page, route, { ...route.base, ...beside }));
  const read = createOf(readPage(page, route, withField({ ...route.base, ...beside }, path.split('.'), value)));
  // A documented field that is called unknown is a reader that was forgotten.
  const isNoted = read.notes.some(
    ({ code, param }) =>
      code !== 'unknown_field' && (param === path || param.startsWith(`${path}[`) || param.startsWith(`${path}.`)),
  );
  const isRead = JSON.stringify(read.request) !== JSON.stringify(without.request);
  expect(isRead || isNoted, `'${path}' vanished`).toBe(true);
}

function isBeside(sample: FieldSample): sample is { value: Json; beside: JsonObject } {
  return isObject(sample as Json) && Object.hasOwn(sample as object, 'beside');
}

function withField(body: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [step = '', ...rest] = path;
  if (rest.length === 0) return { ...body, [step]: value };
  const inner = body[step];
  return { ...body, [step]: withField(isObject(inner ?? null) ? (inner as JsonObject) : {}, rest, value) };
}

/** The base with one of its values, or a new one, replaced by anything. */
function mangled(base: JsonObject): fc.Arbitrary<Json> {
  const keys = [...Object.keys(base), 'model', 'prompt'];
  return fc
    .tuple(fc.constantFrom(...keys), fc.json())
    .map(([key, text]) => ({ ...base, [key]: JSON.parse(text) as Json }));
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
