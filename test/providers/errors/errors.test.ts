/** Every error of every vendor's page: the right kind of failure, the right decision about the money and about another try. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FAILURES } from '../../../src/model/failure.ts';
import type { CheckResult, SubmitResult, UpstreamTask } from '../../../src/providers/provider.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import { cellsOf } from '../matrix/cells.ts';
import type { Cell } from '../matrix/cells.ts';
import type { Fake } from '../suite.ts';
import { VENDORS } from '../vendors.ts';
import type { Vendor } from '../vendors.ts';
import { openWorkbench } from '../workbench.ts';
import type { Workbench } from '../workbench.ts';
import { ERROR_PAGES, MEANINGS } from './pages.ts';
import type { Meaning } from './pages.ts';

const PAGES = VENDORS.flatMap((vendor) => {
  const page = ERROR_PAGES[vendor.name];
  return page === undefined ? [] : [[vendor.name, vendor, page] as const];
});

/** Wires whose errors are tested with another of the same provider or the same words. */
const LIKE: Readonly<Record<string, string>> = {
  'tencent-gateway': 'its codes are those of tencent-vod',
  veo: 'its words are those of veo-gemini',
  'openai-resale': 'its codes are those of openai-video',
  'unified-video': 'its codes are those of openai-video',
  generations: 'its codes are those of openai-video',
};

/** What the engine makes of a submit that was put off. */
const BUSY = { kind: 'refused', failure: { kind: 'rate_limited', message: '' } } as const;

it('every provider has its page of errors', () => {
  const without = VENDORS.map(({ name }) => name).filter((name) => !(name in ERROR_PAGES));
  expect(without.toSorted()).toEqual(Object.keys(LIKE).toSorted());
});

describe.each(PAGES)('%s', (_name, vendor, page) => {
  let fake: Fake;
  let bench: Workbench;
  const cell = plainest(vendor);
  beforeAll(async () => {
    const started = await vendor.start();
    fake = started.fake;
    bench = await openWorkbench(fake.url, started.credential(cell.upstream));
  });
  afterAll(async () => {
    await fake.close();
    await bench.close();
  });
  const submit = async (): Promise<SubmitResult | 'unknown'> => {
    return vendor.provider
      .submit(cell.spec, cell.upstream, bench.io())
      .catch((error: unknown): typeof BUSY | 'unknown' => (error instanceof UpstreamBusy ? BUSY : 'unknown'));
  };
  const accepted = async (): Promise<UpstreamTask> => {
    const result = await submit();
    if (result === 'unknown' || result.kind !== 'accepted') throw new Error(`not made: ${JSON.stringify(result)}`);
    return result.task;
  };

  const refusals = page.refusals.flatMap(([meaning, status, codes]) =>
    codes.map((code) => [status, code, meaning] as const),
  );
  it.each(refusals)('answers a submit with %i %s: %s', async (status, code, meaning) => {
    fake.answerNext({ ...page.answer(status, code), headers: { date: '' } });
    const result = await submit();
    expectKind(result === 'unknown' ? null : result, meaning);
  });

  it('fails no task by an error in answer to a check', async () => {
    const finals = new Set(page.taskErrors.flatMap(([, codes]) => codes));
    for (const [status, code] of refusals) {
      if (page.endsByRefusal === true && finals.has(code)) continue;
      const task = await accepted();
      fake.answerNext({ ...page.answer(status, code), headers: { date: '' } });
      const result = await vendor.provider.check(task, bench.io()).catch(() => ({ kind: 'waiting' }) as const);
      expect(result.kind, code).toBe('waiting');
    }
  });

  const failures = page.taskErrors.flatMap(([meaning, codes]) => codes.map((code) => [code, meaning] as const));
  it.each(failures)('fails a task with %s: %s', async (code, meaning) => {
    const task = await accepted();
    fake.move(task.id, page.failedState, code);
    expectKind(await vendor.provider.check(task, bench.io()), meaning);
  });

  it('is told of completely, and of nothing else', () => {
    const { errors } = vendor.provider;
    const told = [...refusals.map(([, code]) => code), ...failures.map(([code]) => code)];
    const known = (code: string): boolean => beginningsOf(code).some((beginning) => Object.hasOwn(errors, beginning));
    const isCode = (code: string): boolean => told.includes(code) && !/\s/.test(code);
    const missing = refusals.map(([, code]) => code).filter((code) => isCode(code) && !known(code));
    expect(missing).toEqual([]);
    const beginnings = new Set(told.flatMap(beginningsOf));
    const strays = Object.keys(errors).filter((code) => !beginnings.has(code) && !(code in (page.elsewhere ?? {})));
    expect(strays).toEqual([]);
    for (const code of Object.keys(page.neither ?? {})) expect(told).not.toContain(code);
  });
});

/** The first thing that the vendor makes of a text. */
function plainest(vendor: Vendor): Cell {
  const found = cellsOf(vendor).find((cell) => cell.name.endsWith(' text'));
  if (found === undefined) throw new Error(`${vendor.name} makes nothing of a text`);
  return found;
}

function expectKind(result: SubmitResult | CheckResult | null, meaning: Meaning): void {
  const { kind, failover } = MEANINGS[meaning];
  if (kind === null) {
    // Then the amount stays held, and the job is never submitted again blindly.
    expect(result).toBeNull();
    expect(FAILURES.outcome_unknown).toMatchObject({ money: 'hold', retry: false, failover: false });
    return;
  }
  expect(result).toMatchObject({ failure: { kind } });
  expect(FAILURES[kind]).toMatchObject({ money: 'release', failover });
}

/** `A.B.C`, `A.B` and `A`. */
function beginningsOf(code: string): readonly string[] {
  const parts = code.split('.');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
}
