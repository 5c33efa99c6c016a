import { it } from 'vitest';
import fastify from 'fastify';
import { Pool } from 'undici';
import { startTestServer } from '../support/test-server.ts';
import { rowEngine, queuedJob } from './support/row-engine.ts';
it('bench', async () => {
  const server = await startTestServer({ makeEngine: rowEngine });
  const job = await queuedJob(server);
  const path = `/v1/videos/video_${job.id}`;
  const headers = { authorization: `Bearer ${server.testKey}` };
  const body = await (await fetch(server.url + path, { headers })).json();
  const bare = fastify();
  bare.get('/v1/videos/:id', async () => body);
  const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' });
  const run = async (url: string) => {
    const pool = new Pool(url, { connections: 32 });
    const end = Date.now() + 3000; let n = 0; const c0 = process.cpuUsage();
    await Promise.all(Array.from({ length: 32 }, async () => {
      while (Date.now() < end) { const r = await pool.request({ path, method: 'GET', headers }); await r.body.dump(); if (r.statusCode !== 200) throw new Error(String(r.statusCode)); n += 1; }
    }));
    await pool.close();
    const c = process.cpuUsage(c0); return (c.user + c.system) / n;
  };
  if (process.env.ONLY) { await run(server.url); await run(server.url); console.log('done'); await bare.close(); await server.close(); return; }
  await run(bareUrl);
  const a = await run(bareUrl); const b = await run(server.url);
  const a2 = await run(bareUrl); const b2 = await run(server.url);
  console.log('bare', a, a2, 'ours', b, b2, 'us/req diff', b - a, b2 - a2);
  await bare.close(); await server.close();
}, 60000);
