/** Carries out a plan, one object after another: each is changed and then owned, and a run that was cut off is simply repeated. */

import type { JsonObject } from '../../model/json.ts';
import type { AdminClient } from '../admin-client.ts';
import type { Kind } from './kinds.ts';
import { secretDigest, withoutSecret } from './plan.ts';
import type { Step } from './plan.ts';

const DRAINED = { state: 'draining' } as const;

/** `done` is told after each step. */
export async function applySteps(
  admin: AdminClient,
  steps: readonly Step[],
  file: string,
  done: (step: Step) => void,
): Promise<void> {
  for (const step of steps) {
    await applyStep(admin, step, file);
    done(step);
  }
}

async function applyStep(admin: AdminClient, step: Step, file: string): Promise<void> {
  const headers = { 'x-reelgate-config-file': encodeURIComponent(file) };
  const { kind, name, id, fields } = step;
  const path = `/${kind.name}/${encodeURIComponent(id ?? name)}`;
  switch (step.action) {
    case 'make': {
      const [method, place] = kind.make === 'put' ? (['PUT', path] as const) : (['POST', `/${kind.name}`] as const);
      const made = await admin.ask(method, place, { body: placed(kind, { ...kind.usual, ...fields }), headers });
      return claim(admin, step, String(made['id']), file);
    }
    case 'take_over':
    case 'change':
      await admin.ask(kind.change, path, { body: bodyOf(step), headers });
      return claim(admin, step, id ?? name, file);
    case 'drain':
      await admin.ask('PATCH', path, { body: DRAINED, headers });
      // So that its return to the file is a change.
      return claim(admin, { ...step, fields: { ...fields, ...DRAINED } }, id ?? name, file);
    case 'delete':
      await admin.ask('DELETE', path, { headers });
      return letGo(admin, step, file);
    case 'let_go':
      return letGo(admin, step, file);
  }
}

/** What differs; all of it where nobody knows what the object was made from, or where it is put as a whole. */
function bodyOf({ kind, action, fields, changes }: Step): JsonObject {
  const whole = { ...kind.usual, ...fields };
  if (kind.change === 'PUT') return placed(kind, whole);
  const changed = new Set(changes.map(({ field }) => field));
  return Object.fromEntries(
    Object.entries(whole).filter(
      ([field]) =>
        !kind.identity.includes(field) && !(field in kind.fixed) && (action === 'take_over' || changed.has(field)),
    ),
  );
}

function placed({ inside }: Kind, fields: JsonObject): JsonObject {
  return inside === null ? fields : { [inside]: fields };
}

async function claim(admin: AdminClient, { kind, name, fields }: Step, id: string, file: string): Promise<void> {
  const digest = secretDigest(kind.secret === null ? undefined : fields[kind.secret], id);
  await admin.ask('PUT', `/file_owned/${kind.name}/${encodeURIComponent(id)}`, {
    body: { name, file, declared: withoutSecret(kind, fields), secret_digest: digest },
  });
}

async function letGo(admin: AdminClient, { kind, id, name }: Step, file: string): Promise<void> {
  const query = new URLSearchParams({ file });
  await admin.ask('DELETE', `/file_owned/${kind.name}/${encodeURIComponent(id ?? name)}?${query.toString()}`);
}
