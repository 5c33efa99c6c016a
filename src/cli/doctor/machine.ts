/** The check-up of the machine: its directory, its disk, its port and its address on the network. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

import type { Config } from '../../config.ts';
import { watchRoom } from '../../media/storage/room.ts';
import { fileSystemWarning } from '../../store/embedded/layout.ts';
import { localUrl } from '../admin-client.ts';
import { assetsDirectory, withAssets } from '../assets.ts';
import { wordsOf } from '../paint.ts';
import { fail, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

const GIB = 1024 ** 3;
/** Below this a few long videos fill the disk. */
const LOW_BYTES = 5 * GIB;
const TIMEOUT_MS = 5_000;
const PROBE_BYTES = 64;
/** Others may pass through a directory of root's, so that PostgreSQL can run as somebody else; nothing more. */
const OPEN_TO_OTHERS = 0o066;
const LOCAL_HOSTS = /^(127(\.\d+){3}|localhost|\[::1\])$/;

export async function checkDataDirectory({ dataDir }: Config): Promise<Finding> {
  const check = 'data directory';
  if (!existsSync(dataDir)) return ok(check, `${dataDir} will be made by the first start`);
  const writable = await access(dataDir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return fail(check, `this user may not write to ${dataDir}`, `run as its owner, or: chown -R $(id -u) ${dataDir}`);
  const { mode } = await stat(dataDir);
  if ((mode & OPEN_TO_OTHERS) !== 0)
    return warn(check, `other users may read or write in ${dataDir}`, `chmod go-rw ${dataDir}`);
  return ok(check, `${dataDir} is writable and private`);
}

export async function checkFileSystem(config: Config): Promise<Finding> {
  const check = 'file system';
  const warning = await fileSystemWarning({ home: existing(config.dataDir), dataDir: config.dataDir });
  if (warning === null) return ok(check, 'it is a local one');
  return warn(check, warning, 'move the data directory to a local disk, or set DATABASE_URL and REELGATE_STORAGE');
}

/** By the rule by which the server refuses creates. */
export async function checkDiskSpace({ dataDir, room }: Config): Promise<Finding> {
  const check = 'disk space';
  const { isLow, space } = await watchRoom(existing(dataDir), room).storageHealth();
  if (space === null) return warn(check, `nobody says how much is free under ${dataDir}`, 'look at the disk by hand');
  const said = `${(space.freeBytes / GIB).toFixed(1)} GiB free under ${dataDir}`;
  const cure = 'free some space, or move the data directory to a larger disk';
  if (isLow) return fail(check, `${said}, and no new video is taken`, cure);
  return space.freeBytes < LOW_BYTES ? warn(check, said, cure) : ok(check, said);
}

/** Only where there is a directory already: looking must not make one. */
export async function checkStorage(config: Config): Promise<Finding> {
  const check = 'storage';
  const directory = assetsDirectory(config);
  if (directory !== null && !existsSync(directory)) return ok(check, `${directory} will be made by the first start`);
  try {
    await withAssets(config, async (assets) => {
      const { sha256 } = await assets.put(randomBytes(PROBE_BYTES));
      await assets.remove(sha256, Date.now() + TIMEOUT_MS);
    });
    return ok(check, 'it takes files and lets them go');
  } catch (error) {
    return fail(
      check,
      `it takes no files: ${wordsOf(error)}`,
      directory === null
        ? 'look at REELGATE_STORAGE and its key'
        : 'give this user the right to write there, and free space',
    );
  }
}

/** Either our server has it, or it is free. */
export async function checkPort(config: Config): Promise<Finding> {
  const check = 'port';
  const url = localUrl(config);
  const name = await fetch(`${url}/version`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    .then((response) => response.json())
    .then((body: unknown) => (typeof body === 'object' && body !== null && 'name' in body ? body.name : null))
    .catch(() => null);
  if (name === 'reelgate') return ok(check, `a Reelgate answers at ${url}`);
  const fault = await listenFault(config);
  if (fault === null) return ok(check, `port ${config.port} on ${config.host} is free`);
  return fail(
    check,
    `port ${config.port} on ${config.host} cannot be used: ${fault}`,
    'end what has it, or choose another with PORT and HOST',
  );
}

export async function checkPublicUrl(config: Config): Promise<Finding> {
  const check = 'public address';
  if (config.publicUrl === null)
    return warn(
      check,
      'REELGATE_PUBLIC_URL is not set, so links lead to this machine only',
      'set it to the address at which clients and vendors reach the server',
    );
  const { protocol, hostname } = new URL(config.publicUrl);
  const answer = await fetch(`${config.publicUrl}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ status }) => `it answers ${status}`,
    (error: unknown) => `it does not answer (${wordsOf(error)})`,
  );
  if (answer !== 'it answers 200')
    return warn(
      check,
      `${config.publicUrl}: ${answer}`,
      'start the server, or see to the proxy and the name in front of it',
    );
  if (protocol === 'http:' && !LOCAL_HOSTS.test(hostname))
    return warn(
      check,
      `${config.publicUrl} is not encrypted: keys can be read on the way`,
      'put a proxy with a certificate in front, and use https',
    );
  return ok(check, `${config.publicUrl} answers`);
}

function listenFault({ port, host }: Config): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host }, () => server.close(() => resolve(null)));
  });
}

/** The nearest directory above that exists. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
