/** Limits in the admin API: how often a key or an account may ask, and how many jobs it may have at one time. */

import { Type } from 'typebox';

const Count = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'a whole number from 1 to 1000000' }),
);

export const LimitFields = { requests_per_minute: Count, reads_per_minute: Count, concurrent_jobs: Count };
export const LIMIT_WORDS = `an object of ${Object.keys(LimitFields).join(', ')}`;
