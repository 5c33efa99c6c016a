/** What every provider promises, against a fake of its vendor that keeps books and was written from the vendor's pages. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fitAnswer, fitError } from '../../src/engine/vendor-words.ts';
import type { FailureKind } from '../../src/model/failure.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { createHttp } from '../../src/providers/http.ts';
import type { CheckIo, Provider, UpstreamTask } from '../../src/providers/provider.ts';
import { UpstreamBusy } from '../../src/providers/provider.ts';
import { CALL_MS, inputOf, masked, openWorkbench } from './workbench.ts';
import type { Io, Workbench } from './workbench.ts';

/** A request as the fake saw it. */
export type SeenRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
};

export type FakeAnswer = {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type FakeTask = { readonly id: string; readonly token: string | null };

/** A real HTTP server that checks signatures and required fields, walks states, and can be told to misbehave. */
export type Fake = {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Every task it accepted, in order: what it would bill. */
  readonly books: readonly FakeTask[];
  /** Answers the next request with this, whatever it is. */
  answerNext(answer: FakeAnswer): void;
  /** Puts a task into a state of the vendor's own; `code` is why it failed. */
  move(id: string, state: string, code?: string): void;
  close(): Promise<void>;
};

export type Example = {
  readonly name: string;
  readonly spec: VideoSpec;
  /** `Serving.upstream` of the model. */
  readonly upstream: JsonObject;
};

/** An error of the vendor's page. */
export type ErrorRow = {
  readonly name: string;
  readonly answer: FakeAnswer;
  readonly kind: FailureKind;
};

export type ProviderPage = {
  readonly provider: Provider;
  readonly folder: string;
  start(): Promise<Fake>;
  readonly credential: string;
  readonly badCredentials: readonly string[];
  readonly examples: readonly Example[];
  /** Changes of the first example's spec, each of which must show in the request. */
  readonly flips: Readonly<Record<string, Partial<VideoSpec>>>;
  /** Answers that refuse a submit. */
  readonly refusals: readonly ErrorRow[];
  /** The vendor's words for a task that is waiting, done and failed, and a code with the kind it means. */
  readonly states: { readonly waiting: readonly string[]; readonly done: string; readonly failed: string };
  readonly failures: readonly { readonly code: string; readonly kind: FailureKind }[];
  /** Parts of a request that differ from run to run (signatures, times), taken out of golden pages. */
  readonly volatile?: readonly string[];
  /** Tests of the suite that this provider is excused from, each with its reason. */
  readonly skip?: readonly { readonly test: string; readonly because: string }[];
};

/** Where an adapter cannot tell what the vendor did. */
const UNCLEAR: readonly FakeAnswer[] = [
  { status: 500, body: '{}' },
  { status: 503, body: 'busy' },
  { status: 200, body: '' },
  { status: 200, body: '<html>hello</html>' },
  { status: 200, body: '[]' },
];

export { inputOf };
export type { Io };
/** The task that the vendor makes; a refusal fails the test. */
export type Submit = (spec: VideoSpec, upstream: JsonObject, over?: Partial<CheckIo>) => Promise<UpstreamTask>;

export function example(name: string, spec: VideoSpec, upstream: JsonObject): Example {
  return { name, spec, upstream };
}

/** Registers the tests that every provider must pass; `more` adds the provider's own against the same fake. */
export function describeProvider(
  page: ProviderPage,
  more: (fake: () => Fake, io: Io, submit: Submit) => void = () => undefined,
): void {
  const { provider } = page;
  let fake: Fake;
  let bench: Workbench;
  beforeAll(async () => {
    fake = await page.start();
    bench = await openWorkbench(fake.url, page.credential);
  });
  afterAll(async () => {
    await fake.close();
    await bench.close();
  });

  const io: Io = (over) => bench.io(over);
  const [first] = page.examples;
  if (first === undefined) throw new Error('a provider needs an example');
  const submit: Submit = async (spec, upstream, over) => {
    const result = await provider.submit(spec, upstream, io(over));
    if (result.kind !== 'accepted') throw new Error(`refused: ${JSON.stringify(result.failure)}`);
    return result.task;
  };
  const submitFirst = (change: Partial<VideoSpec> = {}): Promise<UpstreamTask> =>
    submit({ ...first.spec, ...change }, first.upstream);
  const test = (name: string, run: () => Promise<void>): void => {
    const excuse = page.skip?.find((row) => row.test === name);
    if (excuse === undefined) it(name, run);
    else it.skip(`${name} (${excuse.because})`, run);
  };

  describe(`every provider: ${provider.name}`, () => {
    test('takes its credential and explains what is wrong with others', async () => {
      expect(provider.credentialFault(page.credential)).toBeNull();
      for (const text of ['', ...page.badCredentials]) {
        const fault = provider.credentialFault(text);
        expect(fault, text).not.toBeNull();
        if (text.length > 6) expect(fault).not.toContain(text);
      }
    });

    for (const wanted of page.examples) {
      test(`submits ${wanted.name} as on its golden page`, async () => {
        const before = fake.books.length;
        const task = await submit(wanted.spec, wanted.upstream);
        expect(fake.books.slice(before).map(({ id }) => id)).toEqual([task.id]);
        const { method, path, body } = lastOf(fake);
        const file = `${wanted.name.replaceAll(/[^a-z0-9]+/gi, '-')}.json`;
        const text = masked(`${JSON.stringify({ method, path, body }, null, 2)}\n`, page.volatile ?? []);
        await expect(text).toMatchFileSnapshot(join(page.folder, 'golden', file));
      });
    }

    for (const [name, change] of Object.entries(page.flips)) {
      test(`sends ${name}`, async () => {
        await submitFirst();
        const without = masked(bodyText(lastOf(fake)), []);
        await submitFirst(change);
        expect(masked(bodyText(lastOf(fake)))).not.toBe(without);
      });
    }

    for (const { name, answer, kind } of page.refusals) {
      test(`takes '${name}' for ${kind}`, async () => {
        const before = fake.books.length;
        fake.answerNext(answer);
        const result = await provider.submit(first.spec, first.upstream, io()).catch((error: unknown) => {
          if (kind === 'rate_limited' && error instanceof UpstreamBusy) return { kind: 'busy' } as const;
          throw error;
        });
        if (result.kind !== 'busy') expect(result).toMatchObject({ kind: 'refused', failure: { kind } });
        expect(fake.books).toHaveLength(before);
        expect(JSON.stringify(fitAnswer(result, page.credential))).not.toContain(page.credential);
      });
    }

    for (const answer of UNCLEAR) {
      test(`cannot tell what became of a submit answered ${answer.status} '${answer.body.slice(0, 6)}'`, async () => {
        fake.answerNext(answer);
        await expect(provider.submit(first.spec, first.upstream, io())).rejects.toThrow();
      });

      test(`fails no task for a check answered ${answer.status} '${answer.body.slice(0, 6)}'`, async () => {
        const task = await submitFirst();
        fake.answerNext(answer);
        const result = await provider.check(task, io()).catch(() => ({ kind: 'waiting' }) as const);
        expect(result.kind).toBe('waiting');
      });
    }

    test('waits for every word that is no end, known or not', async () => {
      for (const state of [...page.states.waiting, 'pondering']) {
        const task = await submitFirst();
        fake.move(task.id, state);
        expect(await provider.check(task, io()), state).toMatchObject({ kind: 'waiting' });
      }
    });

    test('finds the finished video', async () => {
      const task = await submitFirst();
      fake.move(task.id, page.states.done);
      const result = await provider.check(task, io());
      expect(result).toMatchObject({ kind: 'done' });
      if (result.kind === 'done' && result.video.from === 'url') expect(result.video.url).toMatch(/^https?:\/\//);
    });

    for (const { code, kind } of page.failures) {
      test(`takes a task that failed with '${code}' for ${kind}`, async () => {
        const task = await submitFirst();
        fake.move(task.id, page.states.failed, code);
        expect(await provider.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind } });
      });
    }

    test('is put off where the vendor is busy, and fails no task for it', async () => {
      const task = await submitFirst();
      fake.answerNext({ status: 429, body: '{}', headers: { 'retry-after': '7' } });
      const result = await provider.check(task, io()).catch((error: unknown) => {
        if (error instanceof Error) return { kind: 'waiting' } as const;
        throw error;
      });
      expect(result.kind).toBe('waiting');
    });

    if (provider.find !== undefined) {
      test('finds a task by the token it was submitted with, and none by another', async () => {
        const own = io();
        const result = await provider.submit(first.spec, first.upstream, own);
        if (result.kind !== 'accepted') throw new Error('refused');
        expect(
          (await provider.find?.(first.spec, first.upstream, { ...io(), attemptToken: own.attemptToken }))?.id,
        ).toBe(result.task.id);
        expect(await provider.find?.(first.spec, first.upstream, io({ attemptToken: 'never-used' }))).toBeNull();
      });
    }

    if (provider.checkMany !== undefined) {
      test('asks about many tasks at once', async () => {
        const tasks = [await submitFirst(), await submitFirst(), await submitFirst()];
        fake.move(tasks[1]?.id ?? '', page.states.done);
        const found = await provider.checkMany?.ask(tasks, io());
        expect(tasks.map(({ id }) => found?.get(id)?.kind)).toEqual(['waiting', 'done', 'waiting']);
      });
    }

    if (provider.listRecent !== undefined) {
      test('lists what was submitted lately', async () => {
        const from = new Date(Date.now() - 60_000);
        const task = await submitFirst();
        const window = { from, to: new Date(Date.now() + 60_000) };
        const listed = (await provider.listRecent?.(first.spec, first.upstream, window, io())) ?? [];
        expect(listed.find((one) => one.task.id === task.id)).toMatchObject({ fits: true });
      });
    }

    test('says nothing of its credential when it cannot reach the vendor', async () => {
      const gone = createHttp('http://127.0.0.1:9', AbortSignal.timeout(CALL_MS));
      const error: unknown = await provider
        .submit(first.spec, first.upstream, io({ http: gone }))
        .catch((e: unknown) => e);
      expect(String(fitError(error, page.credential))).not.toContain(page.credential);
    });
  });

  more(() => fake, io, submit);
}

function lastOf(fake: Fake): SeenRequest {
  const last = fake.seen.at(-1);
  if (last === undefined) throw new Error('the fake saw nothing');
  return last;
}

function bodyText({ path, body }: SeenRequest): string {
  return JSON.stringify({ path, body });
}
