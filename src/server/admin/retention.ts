/** Admin routes of what an account keeps, and for how long. */

import { Type } from 'typebox';

import { KEPT_KINDS, MAX_KEPT_DAYS, USUAL_KEPT_DAYS } from '../../model/retention.ts';
import type { KeptDays } from '../../model/retention.ts';
import { readOwnKeptDays, writeOwnKeptDays } from '../../store/retention.ts';
import type { OwnKeptDays } from '../../store/retention.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, idIn, Nullable, unknown } from './shapes.ts';

const WHAT = 'account';

const Days = Type.Optional(
  Nullable(Type.Integer({ minimum: 1, maximum: MAX_KEPT_DAYS }), `a number of days from 1 to ${MAX_KEPT_DAYS}`),
);
const Change = Exactly({ files: Days, events: Days, deliveries: Days, jobs: Days });
const Params = Type.Object({ id: Type.String() });

export function installRetention(app: TypedApp, deps: ServerDependencies): void {
  const { db, log, keptDays = USUAL_KEPT_DAYS } = deps;

  const existing = async (id: string): Promise<OwnKeptDays> => {
    const own = await readOwnKeptDays(db, id);
    if (own === null) throw unknown(WHAT);
    return own;
  };

  app.get('/accounts/:id/retention', { schema: { params: Params } }, async (request) =>
    retentionBody(await existing(idIn(request.params, WHAT)), keptDays),
  );

  app.patch('/accounts/:id/retention', { schema: { params: Params, body: Change } }, async (request) => {
    const id = idIn(request.params, WHAT);
    await writeOwnKeptDays(db, id, { ...(await existing(id)), ...request.body });
    log.info({ request_id: request.id, account: id, days: request.body }, 'retention changed');
    return retentionBody(await existing(id), keptDays);
  });
}

/** `own` is null where the server's setting holds; `days` is what holds, null for ever. */
function retentionBody(own: OwnKeptDays, usual: KeptDays) {
  return {
    object: 'retention',
    days: Object.fromEntries(KEPT_KINDS.map((kind) => [kind, own[kind] ?? usual[kind]])),
    own,
  };
}
