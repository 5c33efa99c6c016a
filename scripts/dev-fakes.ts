/**
 * `npm run dev:fakes`: a Reelgate whose live channels lead to fakes of every vendor, so that the whole product can be tried by
 * hand. Everything listens on loopback only. The data directory is a new one, unless `REELGATE_DATA_DIR` names one.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigError, readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { isObject, property } from '../src/model/json.ts';
import type { Json, JsonObject } from '../src/model/json.ts';
import { startReelgate } from '../src/reelgate.ts';
import { StartupError } from '../src/store/embedded/startup-error.ts';
import { startAllVendors } from '../test/fakes/all-vendors.ts';
import type { VendorAtWork } from '../test/fakes/all-vendors.ts';
import { drawClip } from '../test/support/draw-clip.ts';

const HOST = '127.0.0.1';
const USUAL_PORT = '8787';
const CLIP = { width: 640, height: 360, durationMs: 2_000 } as const;
const USUAL_WORK_MS = 6_000;
const LOOK_MS = 1_000;
const CREDIT_USD = '1000';
const ACCOUNT = 'Tries the fakes';

type Closer = () => Promise<unknown>;
type Admin = (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;

async function main(closers: Closer[]): Promise<void> {
  const dataDir = process.env['REELGATE_DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'reelgate-fakes-')));
  const port = await freePort(process.env['PORT'] ?? USUAL_PORT);
  const url = `http://${HOST}:${port}`;
  const adminKey = process.env['REELGATE_ADMIN_KEY'] ?? `sk-rg-admin-${randomBytes(16).toString('hex')}`;
  const video = await drawClip(join(dataDir, 'studio'), CLIP);
  const media = await serveVideo(video);
  closers.push(media.close);
  const workMs = Number(process.env['FAKE_WORK_MS'] ?? USUAL_WORK_MS);
  const all = await startAllVendors({ video, videoUrl: media.url, reach: (address) => address, workMs });
  closers.push(all.close);
  const config = readConfig({
    REELGATE_LOG_LEVEL: 'warn',
    ...process.env,
    PORT: String(port),
    HOST,
    REELGATE_DATA_DIR: dataDir,
    REELGATE_ADMIN_KEY: adminKey,
    REELGATE_PUBLIC_URL: url,
    REELGATE_FETCH_ALLOW: HOST,
  });
  const reelgate = await startReelgate(config, createLog(config.logLevel));
  closers.push(reelgate.stop);
  const admin = adminOf(url, adminKey);
  await openChannels(admin, all.vendors);
  const liveKey = await openAccount(admin);
  const looking = setInterval(() => void lookAtAll(admin).catch(() => null), LOOK_MS);
  closers.push(async () => clearInterval(looking));
  process.stdout.write(`${welcome({ url, adminKey, liveKey, dataDir }, all.vendors)}\n`);
}

/** The port itself, or any that is free for 0: callbacks need the address before the server has it. */
async function freePort(wanted: string): Promise<number> {
  const socket = createSocket();
  await new Promise<void>((resolve, reject) => {
    socket.once('error', () => reject(new StartupError(`The port ${wanted} is taken. Choose another with PORT.`)));
    socket.listen(Number(wanted), HOST, resolve);
  });
  const { port } = socket.address() as AddressInfo;
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

async function serveVideo(video: Buffer): Promise<{ readonly url: string; readonly close: Closer }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length }).end(video);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/video.mp4`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function adminOf(url: string, key: string): Admin {
  return async (method, path, body) => {
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok || !isObject(answer)) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
}

/** In a data directory that was used before, the channels are there, and lead to where the fakes were then. */
async function openChannels(admin: Admin, vendors: readonly VendorAtWork[]): Promise<void> {
  const known = listIn(await admin('GET', '/channels'));
  for (const { channel } of vendors) {
    const old = known.find((one) => property(one, 'name') === channel.name);
    const { provider, ...settings } = channel;
    if (old === undefined) await admin('POST', '/channels', { ...settings, provider, mode: 'live' });
    else await admin('PATCH', `/channels/${String(property(old, 'id'))}`, settings);
  }
}

/** The fakes are faster than the vendors, whom it would be too early to ask. */
async function lookAtAll(admin: Admin): Promise<void> {
  for (const job of listIn(await admin('GET', '/jobs?state=running')))
    await admin('POST', `/jobs/${String(property(job, 'id'))}/recheck`);
}

/** A new live key of the account, which is made and given credit once. */
async function openAccount(admin: Admin): Promise<string> {
  const old = listIn(await admin('GET', '/accounts?limit=200')).find((one) => property(one, 'name') === ACCOUNT);
  const account = old ?? (await admin('POST', '/accounts', { name: ACCOUNT }));
  const id = String(property(account, 'id'));
  if (old === undefined)
    await admin('POST', `/accounts/${id}/credits`, { amount_usd: CREDIT_USD, note: 'to try with' });
  return String(property(await admin('POST', '/keys', { account_id: id, name: 'to try with', mode: 'live' }), 'key'));
}

function listIn(answer: JsonObject): readonly JsonObject[] {
  const data: Json | undefined = property(answer, 'data');
  return Array.isArray(data) ? data.filter(isObject) : [];
}

type Desk = { readonly url: string; readonly adminKey: string; readonly liveKey: string; readonly dataDir: string };

function welcome({ url, adminKey, liveKey, dataDir }: Desk, vendors: readonly VendorAtWork[]): string {
  const rows = vendors.map(({ channel, example }) => [channel.name, channel.provider, channel.base_url, example.model]);
  const all = [['channel', 'provider', 'base URL', 'try'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const table = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const lines = vendors.map(({ channel, example }) => {
    const body = JSON.stringify({ ...example, prompt: 'A paper boat sails across a rainy city' });
    const file = `${channel.name.replaceAll(' ', '-').toLowerCase()}.mp4`;
    return `curl -sSL ${url}/v1/videos -H 'Authorization: Bearer ${liveKey}' -H 'Content-Type: application/json' -H 'Accept: video/mp4' -d '${body}' -o ${file}`;
  });
  return [
    ...table,
    '',
    ...lines,
    '',
    `Admin key: ${adminKey}`,
    `Live key:  ${liveKey}`,
    `Data:      ${dataDir}`,
    `Reelgate with its fake vendors is ready at ${url}; Ctrl-C ends all of them.`,
  ].join('\n');
}

const closers: Closer[] = [];
let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  for (const close of closers.splice(0).reverse()) await close();
  process.exit();
}
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => void end());
try {
  await main(closers);
} catch (error) {
  const isPlain = error instanceof StartupError || error instanceof ConfigError;
  process.stderr.write(`The fakes cannot start: ${isPlain ? error.message : String(error)}\n`);
  process.exitCode = 1;
  await end();
}
