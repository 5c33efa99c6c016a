/** A name leads to no private place, whatever its name server says, and however often it is asked. */

import { afterEach, describe, expect, it } from 'vitest';

import { createPublicResolver } from '../../../src/media/guard/resolve-host.ts';
import { canary, dnsFake, endAll, fetcher, get, NAME, nameServer, serve } from './servers.ts';

afterEach(endAll);

describe('names and their addresses', () => {
  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', 'fd00::1']],
    [['2606:4700::1111', '10.0.0.1']],
    [['93.184.216.34', '::ffff:10.0.0.1']],
    [['93.184.216.34', 'not an address']],
  ])('refuses a name when any of its addresses is private: %j', async (answers) => {
    const { queries, resolve } = dnsFake(answers);
    const outcome = await get(fetcher({ resolve }), `https://${NAME}/secret`);
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect(queries).toEqual([NAME]);
    for (const answer of answers) expect(JSON.stringify(outcome)).not.toContain(answer);
  });

  it('asks once and connects to what it judged, so that a second answer cannot rebind', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const { queries, resolve } = dnsFake(['127.0.0.1'], ['169.254.169.254']);
    const outcome = await get(
      fetcher({ allow: `127.0.0.1:${server.port}`, resolve }),
      `http://${NAME}:${server.port}/a?b#c`,
    );
    expect(outcome).toEqual({ ok: true, finalUrl: `http://${NAME}:${server.port}/a?b`, contentType: null, bytes: 5 });
    expect(queries).toEqual([NAME]);
    expect(server.requests[0]?.headers.host).toBe(`${NAME}:${server.port}`);
  });

  it('judges the name again at each redirect', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
    const { queries, resolve } = dnsFake(['127.0.0.1'], ['127.0.0.2']);
    const outcome = await get(
      fetcher({ allow: `127.0.0.1:${server.port}`, resolve }),
      `http://${NAME}:${server.port}/`,
    );
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect([queries, server.connections]).toEqual([[NAME, NAME], 1]);
  });

  it('tries another address of the same answer when one does not listen', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const { queries, resolve } = dnsFake(['127.0.0.2', '127.0.0.1']);
    const from = fetcher({ allow: '127.0.0.0/8', resolve, limits: { connectTimeoutMs: 200 } });
    expect(await get(from, `http://${NAME}:${server.port}/`)).toMatchObject({ ok: true });
    expect(queries).toHaveLength(1);
  });

  it('keeps ports other than 80 and 443 shut for names outside the allowed networks', async () => {
    const { resolve } = dnsFake(['93.184.216.34']);
    const outcome = await get(fetcher({ allow: '10.0.0.0/8', resolve }), `http://${NAME}:6379/`);
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it('resolves listed names as the machine does, with its hosts file', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const url = `http://localhost:${server.port}/`;
    expect(await get(fetcher({ allow: `localhost:${server.port}` }), url)).toMatchObject({ ok: true, bytes: 5 });
    expect(await get(fetcher({ allow: 'localhost:1' }), url)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it('asks name servers for both families, once each, and takes what there is', async () => {
    const { address, questions } = await nameServer({
      'both.example.com A': '08080808',
      'both.example.com AAAA': `2606${'0'.repeat(28)}`,
      'four.example.com A': '7f000001',
    });
    const resolve = createPublicResolver([address]);
    expect([...(await resolve('both.example.com'))].toSorted()).toEqual(['2606::', '8.8.8.8']);
    expect(await resolve('four.example.com')).toEqual(['127.0.0.1']);
    await expect(resolve('none.example.com')).rejects.toThrow('none.example.com');
    expect(questions.toSorted()).toEqual(
      ['both', 'four', 'none'].flatMap((name) => [`${name}.example.com A`, `${name}.example.com AAAA`]),
    );
  });

  it('says when a name has no address, or its resolution fails or takes too long', async () => {
    const url = `https://${NAME}/`;
    expect(await get(fetcher({ resolve: async () => [] }), url)).toMatchObject({ ok: false, reason: 'unresolvable' });
    const failing = () => Promise.reject(new Error('SERVFAIL of ns.internal'));
    const failed = await get(fetcher({ resolve: failing }), url);
    expect(failed).toMatchObject({ ok: false, reason: 'unresolvable' });
    expect(JSON.stringify(failed)).not.toContain('ns.internal');
    const silent = () => Promise.withResolvers<readonly string[]>().promise;
    expect(await get(fetcher({ resolve: silent }), url, { deadlineMs: 50 })).toMatchObject({ reason: 'timeout' });
  });

  it('can judge a URL that somebody else will fetch, without connecting', async () => {
    const trap = await canary();
    const { resolve } = dnsFake(['127.0.0.1']);
    const open = fetcher({ allow: `${NAME}:${trap.port}`, resolve });
    expect(await open.check(`http://${NAME}:${trap.port}/`, { deadlineMs: 1_000 })).toEqual({ ok: true });
    const shut = fetcher({ resolve });
    expect(await shut.check(`http://${NAME}/`, { deadlineMs: 1_000 })).toMatchObject({
      ok: false,
      reason: 'url_not_allowed',
    });
    expect(trap.connections).toBe(0);
  });
});
