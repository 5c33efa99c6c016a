/** Webhooks while secrets change, endpoints move, and nodes share the work or die. */

import { describe, expect, it } from 'vitest';

import { endpointSecretContext } from '../../../src/engine/notify/send.ts';
import { newWebhookSecret, secretHint, webhookHeaders } from '../../../src/engine/notify/sign.ts';
import { newId } from '../../../src/new-id.ts';
import { claimDueDeliveries, concludeTry } from '../../../src/store/deliveries.ts';
import { readEndpoint, rotateEndpointSecret, updateEndpoint } from '../../../src/store/webhooks.ts';
import {
  deliveriesOf,
  eachWithPost,
  ended,
  endpoint,
  makeDue,
  notifier,
  secrets,
  tried,
  until,
  unwrapped,
} from './post.ts';
import type { Post } from './post.ts';

let post: Post;
eachWithPost((opened) => {
  post = opened;
});

describe('nodes that share the work', () => {
  it('never make the same try twice', async () => {
    const { id } = await endpoint(post, post.receiver.url);
    const { id: secondId } = await endpoint(post, post.other.url);
    await Promise.all(Array.from({ length: 40 }, () => ended(post)));
    notifier(post);
    notifier(post);
    notifier(post);
    await Promise.all([post.receiver.hears(40), post.other.hears(40)]);
    for (const endpointId of [id, secondId]) {
      await until(async () =>
        (await deliveriesOf(post, endpointId)).every((delivery) => delivery.state === 'delivered') ? true : null,
      );
    }
    for (const place of [post.receiver, post.other]) {
      expect(place.heard).toHaveLength(40);
      expect(new Set(place.heard.map((heard) => heard.headers['webhook-id'])).size).toBe(40);
    }
  });

  it('take over from one that died between sending and writing it down, under the same id', async () => {
    const { id, secret } = await endpoint(post, post.receiver.url);
    await ended(post);
    const claim = { node: 'dead', leaseMs: 60_000, limit: 1, perHost: 1, underWay: new Map<string, number>() };
    const [claimed] = await claimDueDeliveries(post.db, claim);
    if (claimed === undefined) throw new Error('one is due');
    expect(await claimDueDeliveries(post.db, claim)).toEqual([]);
    const headers = webhookHeaders({ id: claimed.eventId, timestamp: 1, body: claimed.body }, [secret]);
    await fetch(post.receiver.url, { method: 'POST', headers, body: claimed.body });
    notifier(post);
    await makeDue(post);
    const [before, after] = await post.receiver.hears(2);
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(after?.body).toBe(before?.body);
    expect(await tried(post, id, 1)).toMatchObject({ state: 'delivered', attempts: 2 });
    const late = { status: 500, error: 'late', ms: 1, response: null };
    expect(await concludeTry(post.db, claimed, late, { state: 'failed' })).toBe(false);
  });
});

describe('an endpoint', () => {
  it('hears both signatures while its secret is being changed, and one afterwards', async () => {
    notifier(post, { pollMs: 60_000 });
    const { id, secret: old } = await endpoint(post, post.receiver.url);
    const fresh = newWebhookSecret();
    await rotateEndpointSecret(post.db, id, {
      secretSealed: secrets.seal(fresh, endpointSecretContext(id)),
      secretHint: secretHint(fresh),
      overlapMs: 86_400_000,
    });
    await ended(post);
    const [during] = await post.receiver.hears(1);
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    await unwrapped(during, old);
    await unwrapped(during, fresh);
    await post.db.query(`update webhook_endpoint set previous_until = now() where id = $1`, [id]);
    await ended(post);
    const [, after] = await post.receiver.hears(2);
    await unwrapped(after, fresh);
    await expect(unwrapped(after, old)).rejects.toThrow('signature');
  });

  it('that moves hears at its new place what still waited for it', async () => {
    notifier(post, { pollMs: 60_000 });
    post.receiver.answer(500);
    const { id } = await endpoint(post, post.receiver.url);
    await ended(post);
    await tried(post, id, 1);
    const now = await readEndpoint(post.db, post.owner, id);
    if (now === null) throw new Error('the endpoint exists');
    await updateEndpoint(post.db, id, { ...now, url: post.other.url, host: post.other.host });
    await makeDue(post);
    await post.other.hears(1);
    expect(await tried(post, id, 2)).toMatchObject({ state: 'delivered', url: post.other.url });
  });

  it('whose secret was sealed by another installation is not told, and the log says why', async () => {
    notifier(post);
    const { id } = await endpoint(post, post.receiver.url);
    await post.db.query(`update webhook_endpoint set secret_sealed = $2 where id = $1`, [
      id,
      secrets.seal(newWebhookSecret(), endpointSecretContext(newId())),
    ]);
    await ended(post);
    expect((await tried(post, id, 1)).lastError).toContain('rotate');
    expect(post.receiver.connections()).toBe(0);
  });
});
