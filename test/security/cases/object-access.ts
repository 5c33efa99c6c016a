/** B: whose a job, a file, a cursor or an endpoint is. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

export const OBJECT_ACCESS: readonly Case[] = [
  here('B01', 'a read of another account\u2019s job', '404 not_found', 'the answer is that to an id that never was'),
  here('B02', 'its content, thumbnail and a range of it', '404 not_found', 'the vendor is not called'),
  here(
    'B03',
    'cancel, delete, remix, edit and extend of another account\u2019s job',
    '404 not_found',
    'nothing is held, the job is as it was',
  ),
  here(
    'B04',
    'a list that goes on after another account\u2019s job',
    '400 invalid_request',
    'a cursor is the id of a job of the same account and mode, and is looked up as that',
  ),
  here(
    'B05',
    'another account\u2019s video as an input',
    '400 invalid_request',
    'the answer is that to an id that never was; nothing is held',
  ),
  here(
    'B06',
    'another account\u2019s webhook endpoint: read, change, rotate, test, delete',
    '404 not_found',
    'its secret stays',
  ),
  here('B07', 'a signed link with another id, end, signature or method', '403 forbidden', 'no byte of the file'),
  here(
    'B08',
    'the vendor\u2019s own task id in a dialect\u2019s path',
    '404 not_found',
    'ids are looked up by account and mode, whoever gave them',
  ),
  here(
    'B09',
    'account_id, mode, role or balance in a change of one\u2019s own things',
    '400 invalid_request',
    'nothing changes',
    ['account_id', 'mode', 'role', 'balance', 'signing_secret'],
  ),
  here(
    'B10',
    'a hundred thousand ids',
    '200',
    '74 random bits in each and no two the same; they tell only when they were made',
  ),
  elsewhere(
    'B11',
    'every route against every kind of key',
    'each cell of the matrix',
    'security/auth-matrix',
    'answers strangers as it answers everyone about an id that never was',
  ),
  notApplicable(
    'B12',
    'a profile that its owner changes',
    'accounts have no profile of their own: only the operator changes them',
  ),
];
