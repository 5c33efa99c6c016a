/** W: what vendors tell us, and what we tell our clients. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

const CALLBACKS = 'server/callbacks';
const NOTICES = 'engine/webhooks/failing-receivers';

export const WEBHOOKS: readonly Case[] = [
  notApplicable(
    'W01',
    'a payment secret that is empty',
    'no payment provider calls us; the secret that signs callback addresses is never empty: the server makes it, or refuses one of less than 32 characters',
  ),
  notApplicable('W02', 'a payment event of another gateway', 'no payment provider calls us'),
  here(
    'W03',
    'a callback address with a wrong, missing, cut or longer signature',
    '404',
    'the same bytes for all; the vendor is not asked',
    ['', '.', '.x', '.{cut}', '.{longer}', '.{other}'],
  ),
  notApplicable(
    'W04',
    'a callback with an old time',
    'callbacks carry no time: they only make a job due, so an old one does no harm',
  ),
  elsewhere('W05', 'one callback many times', 'one transition', CALLBACKS, 'may come any number of times'),
  elsewhere(
    'W06',
    'a callback that its vendor should have signed',
    'it is as good as unknown',
    CALLBACKS,
    'that its vendor should have signed and did not',
  ),
  elsewhere(
    'W07',
    'an unknown attempt',
    'the answer to every address that was never given out',
    CALLBACKS,
    'to an address that was never given out',
  ),
  elsewhere(
    'W08',
    'a callback with a video of its own',
    'the vendor is asked, the body is not believed',
    CALLBACKS,
    'what it says is not believed',
  ),
  elsewhere('W09', 'callbacks after the end, in any order', 'states only go on', CALLBACKS, 'also after the end'),
  elsewhere(
    'W10',
    'a callback before the submit was answered',
    'it is remembered',
    CALLBACKS,
    'that comes before the answer to the submit is remembered',
  ),
  elsewhere('W11', 'a large callback', 'refused at 256 kB', CALLBACKS, 'of more than 256 kB is refused'),
  elsewhere('W12', 'a receiver that redirects', 'the place it names is never asked', NOTICES, 'is not led elsewhere'),
  elsewhere(
    'W13',
    'a receiver that is gone',
    'it is told no more',
    NOTICES,
    'is never told again once it says that it is gone',
  ),
  elsewhere(
    'W14',
    'a receiver that asks to wait',
    'for a day at most',
    NOTICES,
    'heed what a busy receiver asks for, up to a day',
  ),
  elsewhere('W15', 'a receiver that hangs', 'its slot is free in time', NOTICES, 'holds four slots at most'),
  here(
    'W16',
    'a receiver whose name has become private',
    '400 invalid_request',
    'no connection; every delivery is judged anew',
  ),
  elsewhere(
    'W17',
    'a secret that is changed',
    'both sign for a day',
    'server/webhooks',
    'changes a secret, with and without a day',
  ),
  elsewhere(
    'W18',
    'a receiver that answers at length',
    'no more than 4 kB are read',
    NOTICES,
    'keeps no more of its answer than the beginning',
  ),
  elsewhere('W19', 'many receivers that hang', 'nobody else waits', NOTICES, 'keep nobody else waiting'),
  here('W20', 'any notice', '200', 'no key, address or task id of a vendor in it'),
];
