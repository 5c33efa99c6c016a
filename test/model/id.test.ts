/** Ids: one core, dressed by each dialect. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isUuid, parseJobId, uuidV7 } from '../../src/model/id.ts';

describe('job ids', () => {
  it('are version 7 UUIDs that sort by time', () => {
    const ids = [1, 2, 1_000, 1_700_000_000_000, 1_900_000_000_000].map((nowMs) => uuidV7(nowMs, randomBytes(10)));
    expect(ids.every(isUuid)).toBe(true);
    expect(ids.map((id) => id[14])).toEqual(['7', '7', '7', '7', '7']);
    expect([...ids].sort()).toEqual(ids);
  });

  it('are found behind the prefix of any dialect', () => {
    const id = uuidV7(1_700_000_000_000, randomBytes(10));
    expect([`video_${id}`, `task_${id}`, id].map(parseJobId)).toEqual([id, id, id]);
  });

  it('are nothing else', () => {
    fc.assert(fc.property(fc.string(), (text) => parseJobId(text) === null));
    expect(parseJobId('video_../../models')).toBeNull();
  });
});
