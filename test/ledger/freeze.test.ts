/** An account whose books are in doubt sells nothing new until an operator has looked at it; what runs goes on. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { auditThisHour } from '../../src/ledger/audit-schedule.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
let honest: LiveCustomer;
let doubted: LiveCustomer;
let errors: { readonly fields: object; readonly message: string }[] = [];
beforeAll(async () => {
  reelgate = await startTestReelgate();
  [honest, doubted] = [await liveCustomer(reelgate, '10'), await liveCustomer(reelgate, '10')];
});
afterAll(() => reelgate.stop());

/** The audit of an hour that nobody has audited yet. Answers whom it froze. */
async function nextAudit(): Promise<unknown> {
  await reelgate.db.query('delete from audit_run');
  errors = [];
  const error = (fields: object, message: string): void => void errors.push({ fields, message });
  expect(await auditThisHour(reelgate.db, { info: () => undefined, error })).not.toBeNull();
  const told = errors.find(({ message }) => message.startsWith('accounts were frozen'));
  return told === undefined ? [] : (told.fields as { readonly accounts: unknown }).accounts;
}

function create({ key }: Pick<LiveCustomer, 'key'>, prompt: string): Promise<Answer> {
  return reelgate.ask('POST', '/v1/videos', { key, body: { model: 'Kling-3.0-Omni', prompt, seconds: '3' } });
}

/** Money that no transaction tells of. */
async function breakBooks({ accountId }: LiveCustomer, micros: number): Promise<void> {
  await reelgate.db.query('update account set available_micros = available_micros + $2 where id = $1', [
    accountId,
    micros,
  ]);
}

async function frozen({ accountId }: LiveCustomer): Promise<unknown> {
  return (await reelgate.admin('GET', `/accounts/${accountId}`))['frozen'];
}

function lift({ accountId }: LiveCustomer): Promise<unknown> {
  return reelgate.admin('PATCH', `/accounts/${accountId}`, { frozen: false });
}

describe('an account whose books are in doubt', () => {
  it('is frozen by the hourly audit: new videos are refused with nothing held, and those under way go on', async () => {
    const under = String(objectOf((await create(doubted, 'under way [delay:2s] [fail:generation_failed]')).body)['id']);
    expect(await nextAudit()).toEqual([]);
    await breakBooks(doubted, 1);
    expect(await nextAudit()).toEqual([doubted.accountId]);
    expect(await frozen(doubted)).toEqual({
      at: expect.any(String),
      because: 'the audit found broken: balances_match_entries',
    });

    const holds = `select 1 from ledger_txn where kind = 'hold' and account_id = $1`;
    const before = await reelgate.db.query(holds, [doubted.accountId]);
    const refused = await create(doubted, 'a new one');
    expect([refused.status, objectOf(objectOf(refused.body)['error'] ?? null)]).toEqual([
      403,
      expect.objectContaining({ code: 'account_frozen', message: expect.stringContaining('no new videos') }),
    ]);
    expect(await reelgate.db.query(holds, [doubted.accountId])).toEqual(before);
    expect((await create(honest, 'someone else [fail:generation_failed]')).status).toBe(200);
    expect(await reelgate.ended(under, doubted.key)).toMatchObject({ error: { code: 'generation_failed' } });
  });

  it('stays lifted once an operator has lifted it, until more is broken', async () => {
    await lift(doubted);
    expect(await frozen(doubted)).toBeNull();
    expect((await create(doubted, 'again [fail:generation_failed]')).status).toBe(200);
    expect(await nextAudit()).toEqual([]);
    await reelgate.db.query(
      `update account set spend_month_micros = spend_month_micros + 1, spend_day_micros = spend_day_micros + 1 where id = $1`,
      [doubted.accountId],
    );
    expect(await nextAudit()).toEqual([doubted.accountId]);
    expect(await frozen(doubted)).toMatchObject({ because: 'the audit found broken: account_spend_matches_jobs' });
  });

  it('is frozen again when what was repaired breaks again', async () => {
    await lift(doubted);
    await breakBooks(doubted, -1);
    expect(await nextAudit()).toEqual([]);
    await breakBooks(doubted, 1);
    expect(await nextAudit()).toEqual([doubted.accountId]);
    await breakBooks(doubted, -1);
    await lift(doubted);
  });
});

describe('an operator', () => {
  it('can freeze an account by hand, and sees in a dry run that it can afford nothing', async () => {
    const at = await reelgate.admin('PATCH', `/accounts/${honest.accountId}`, { frozen: true });
    expect(at['frozen']).toMatchObject({ because: 'an operator froze it' });
    expect((await create(honest, 'a new one')).status).toBe(403);
    const request = { model: 'Kling-3.0-Omni', prompt: 'x' };
    const run = await reelgate.admin('POST', '/route', { account_id: honest.accountId, request });
    expect(run['affordable']).toBe(false);
    await lift(honest);
    expect((await create(honest, 'a new one [fail:generation_failed]')).status).toBe(200);
  });
});
