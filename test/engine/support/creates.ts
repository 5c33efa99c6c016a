/** Creates at a node without its server. */

import { createJob } from '../../../src/engine/create.ts';
import type { CreateOutcome } from '../../../src/engine/create-order.ts';
import type { KeyMode } from '../../../src/model/job.ts';
import { EMPTY_REQUEST } from '../../../src/model/request.ts';
import { readKey } from '../../../src/store/accounts.ts';
import type { ApiKey } from '../../../src/store/accounts.ts';
import { keyOf } from '../../support/rows.ts';
import type { Installation, TestNode } from './nodes.ts';

export async function newKeyOf(site: Installation, mode: KeyMode, accountId = site.accountId): Promise<ApiKey> {
  const key = await readKey(site.db, await keyOf(site.db, accountId, mode));
  if (key === null) throw new Error('the key is there');
  return key;
}

/** A video of a cat. */
export function createAt({ context }: TestNode, key: ApiKey, model: string): Promise<CreateOutcome> {
  const request = { ...EMPTY_REQUEST, model, prompt: 'a cat' };
  const read = { request, params: {}, roleParams: {}, notes: [] };
  return createJob(context, { key, dialect: 'openai', read }, (work) => void work.catch(() => undefined));
}
