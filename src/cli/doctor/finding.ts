/** What a check-up says of one thing: how it is, and what cures it. */

export type Finding = {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** Null where nothing needs to be done. */
  readonly cure: string | null;
};

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found, cure: null });
export const warn = (check: string, found: string, cure: string): Finding => ({ check, verdict: 'warn', found, cure });
export const fail = (check: string, found: string, cure: string): Finding => ({ check, verdict: 'fail', found, cure });
