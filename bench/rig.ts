/** What most benches measure: server processes on one PostgreSQL of their own, with a vendor process behind them and an account that can pay. */

import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isObject } from '../src/model/json.ts';
import type { JsonObject } from '../src/model/json.ts';
import { openStudio } from '../src/media/studio/studio.ts';
import { openDatabase } from '../src/store/database.ts';
import type { Database } from '../src/store/database.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/embedded-postgres.ts';
import type { EmbeddedPostgres } from '../src/store/embedded/embedded-postgres.ts';
import { askProcess } from './ask-process.ts';
import type { ProbeAnswer } from './probe.ts';
import type { VendorOrder } from './vendor.ts';

export const BIN = fileURLToPath(new URL('../bin/reelgate.mjs', import.meta.url));
const PROBE = new URL('./probe.ts', import.meta.url).href;
const VENDOR = fileURLToPath(new URL('./vendor.ts', import.meta.url));
const ADMIN_KEY = `sk-rg-admin-${randomBytes(16).toString('hex')}`;
export const SECRET = randomBytes(32).toString('hex');
export const VENDOR_KEY = 'sk-vendor-of-the-bench';
/** Any address of this machine: vendors, and receivers of webhooks. */
const FETCH_ALLOW = '127.0.0.0/8';

export type Node = {
  readonly url: string;
  probe(): Promise<ProbeAnswer>;
  stop(): Promise<void>;
};

export type Rig = {
  /** The bench's own connections, as many as a server has. */
  readonly db: Database;
  readonly accountId: string;
  /** A live key of it. */
  readonly key: string;
  /** One per address of the vendor. */
  readonly channelIds: readonly string[];
  readonly vendorUrls: readonly string[];
  order<Answer>(order: VendorOrder): Promise<Answer>;
  /** One more server on the database. */
  startNode(): Promise<Node>;
};

const SHOWN_SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'max_connections',
];

/** The version and the settings of the PostgreSQL that is measured with: the one that comes with the server, as it comes. */
export async function printDatabase(): Promise<void> {
  await withDatabase(async ({ db }) => {
    const [{ version } = { version: '' }] = await db.query<{ version: string }>(
      "select current_setting('server_version') as version",
    );
    const settings = await db.query<{ name: string; value: string }>(
      'select name, current_setting(name) as value from unnest($1::text[]) as name',
      [SHOWN_SETTINGS],
    );
    const words = settings.map(({ name, value }) => `${name} ${value}`);
    process.stdout.write(`PostgreSQL ${version}: ${words.join(', ')}
`);
  });
}

/** Runs `measure` on a rig with one node and a vendor at so many addresses, and puts everything away whatever happens. */
export async function withRig(addresses: number, measure: (rig: Rig, node: Node) => Promise<void>): Promise<void> {
  await withDatabase(async ({ directory, databaseUrl, db }) => {
    const vendor = fork(VENDOR);
    const nodes: Node[] = [];
    try {
      const videoPath = await drawVideo(join(directory, 'studio'));
      const vendorUrls = await askProcess<string[]>(vendor, { kind: 'open', addresses, videoPath });
      const startNode = async (): Promise<Node> => {
        const node = await startServer(directory, databaseUrl);
        nodes.push(node);
        return node;
      };
      const node = await startNode();
      const shop = await openShop(node.url, vendorUrls);
      const order = <Answer>(given: VendorOrder): Promise<Answer> => askProcess(vendor, given);
      await measure({ db, ...shop, vendorUrls, startNode, order }, node);
    } finally {
      await Promise.all(nodes.map((node) => node.stop()));
      await ended(vendor);
    }
  });
}

type BenchDatabase = { readonly directory: string; readonly databaseUrl: string; readonly db: Database };

/** In a new directory, which goes afterwards with all that is in it. */
async function withDatabase(use: (database: BenchDatabase) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-bench-'));
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: () => undefined });
  const db = openDatabase({ connection: postgres.connection });
  const putAway = async (): Promise<void> => {
    await db.close();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const interrupted = (): void => void putAway().finally(() => process.exit(1));
  process.once('SIGINT', interrupted);
  try {
    await use({ directory, databaseUrl: urlOf(postgres.connection), db });
  } finally {
    process.off('SIGINT', interrupted);
    await putAway();
  }
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** One second of real video. */
async function drawVideo(directory: string): Promise<string> {
  const studio = openStudio({ directory, workers: 1 });
  try {
    const drawn = Promise.withResolvers<void>();
    studio.onFinished(() => drawn.resolve());
    const frame = { width: 320, height: 180, fps: 24, durationMs: 1_000, seed: 1, audio: true };
    const texts = { prompt: 'a boat on the moon', modelLabel: 'bench', caption: null };
    const digest = studio.start({ ...frame, ...texts, images: [], inset: null, soundtrack: null });
    await drawn.promise;
    const status = studio.status(digest);
    if (status.state !== 'done') throw new Error(`the video is ${status.state}`);
    return status.path;
  } finally {
    // The file stays until its directory goes.
    await studio.close();
  }
}

async function startServer(dataDir: string, databaseUrl: string): Promise<Node> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_SECRET: SECRET,
    REELGATE_FETCH_ALLOW: FETCH_ALLOW,
    REELGATE_LOG_LEVEL: 'silent',
  };
  const child = spawn(process.execPath, ['--import', PROBE, BIN], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const url = await readyAt(child);
  return { url, probe: () => askProcess(child, 'probe'), stop: () => ended(child) };
}

/** The address that a starting server says it is ready at. */
export function readyAt(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server ended before it was ready')));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = /ready at (\S+)/.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
}

function urlOf({ host, port, user, password, database }: EmbeddedPostgres['connection']): string {
  const query = new URLSearchParams({ host, port: String(port) });
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@localhost/${database}?${query.toString()}`;
}

async function openShop(
  url: string,
  vendorUrls: readonly string[],
): Promise<Pick<Rig, 'accountId' | 'key' | 'channelIds'>> {
  const account = await admin(url, '/accounts', { name: 'Bench' });
  const accountId = String(account['id']);
  await admin(url, `/accounts/${accountId}/credits`, { amount_usd: '10000000', note: 'for the bench' });
  const key = await admin(url, '/keys', { account_id: accountId, name: 'live', mode: 'live' });
  const channelIds: string[] = [];
  for (const [index, vendorUrl] of vendorUrls.entries()) {
    const wire = { provider: 'openai-video', base_url: vendorUrl, credentials: VENDOR_KEY };
    channelIds.push(String((await admin(url, '/channels', { name: `Vendor ${index + 1}`, ...wire }))['id']));
  }
  return { accountId, key: String(key['key']), channelIds };
}

async function admin(url: string, path: string, body: JsonObject): Promise<JsonObject> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await globalThis.fetch(`${url}/admin/v1${path}`, init);
  const answer: unknown = await response.json();
  if (!response.ok || !isObject(answer)) throw new Error(`POST ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
