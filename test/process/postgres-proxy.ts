/**
 * A way to PostgreSQL that can stop at any statement: before it, after it ran but did not commit, or after it committed and
 * before anyone hears of it. Whoever is killed then was at exactly that point of its work.
 */

import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import type { DatabaseConnection } from '../../src/store/database.ts';

export type Statement = { readonly text: string; readonly values: readonly string[] };

export type Moment = {
  readonly statement: (statement: Statement) => boolean;
  /** Which of these statements, from 1. */
  readonly nth?: number;
  readonly when: 'before' | 'uncommitted' | 'after';
};

export type PostgresProxy = {
  /** As a `DATABASE_URL`. */
  readonly url: string;
  /** Resolves when the moment has come; from then on nothing passes, in either direction, until `cut`. */
  reach(moment: Moment): Promise<void>;
  /** From now on nothing passes, in either direction, and nobody is told that it does not; until `cut`. */
  silence(): void;
  /** Ends all connections; new ones pass freely. */
  cut(): void;
  /** New connections lead to another server with the same users and databases. */
  turnTo(target: DatabaseConnection): void;
  close(): Promise<void>;
};

type Waiting = { readonly moment: Moment; seen: number; readonly reached: () => void };

type Proxy = { frozen: boolean; waiting: Waiting | null; readonly sockets: Set<Socket> };

export async function startPostgresProxy(target: DatabaseConnection): Promise<PostgresProxy> {
  const { user, password, database } = partsOf(target);
  let address: Address = partsOf(target);
  const proxy: Proxy = { frozen: false, waiting: null, sockets: new Set() };
  const server = createServer((client) => join(proxy, client, connect(address)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of proxy.sockets) socket.destroy();
    proxy.frozen = false;
  };
  return {
    url: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    reach: (moment) =>
      new Promise((resolve) => {
        proxy.waiting = { moment, seen: 0, reached: resolve };
      }),
    silence: () => {
      proxy.frozen = true;
    },
    cut,
    turnTo: (next) => {
      address = partsOf(next);
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}

type Address = { path: string } | { host: string; port: number };
type Parts = { user: string; password: string; database: string } & Address;

function partsOf(target: DatabaseConnection): Parts {
  if (!('url' in target)) {
    const { host, port, ...who } = target;
    return host.startsWith('/') ? { ...who, path: `${host}/.s.PGSQL.${port}` } : { ...who, host, port };
  }
  const url = new URL(target.url);
  const who = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return { ...who, database: url.pathname.slice(1), host: url.hostname, port: Number(url.port || 5432) };
}

/** What a connection waits for from PostgreSQL before the moment has come: one of these message types. */
type Awaited = ReadonlySet<string> | null;
const ENDED: Awaited = new Set(['Z']);
const RAN: Awaited = new Set(['C', 'E', 'Z']);
const FLUSH = Buffer.from([0x48, 0, 0, 0, 4]);

function join(proxy: Proxy, client: Socket, server: Socket): void {
  const prepared = new Map<string, string>();
  let awaited: Awaited = null;
  let holdsCommit = false;
  const freeze = (): void => {
    proxy.frozen = true;
    proxy.waiting?.reached();
    proxy.waiting = null;
  };
  const fromClient = splitter(true, (type, message) => {
    if (proxy.frozen) return;
    const statement = statementIn(type, message, prepared);
    const { waiting } = proxy;
    if (statement !== null && waiting !== null && waiting.moment.statement(statement)) {
      waiting.seen += 1;
      if (waiting.seen === (waiting.moment.nth ?? 1)) {
        const { when } = waiting.moment;
        if (when === 'before') return freeze();
        awaited = when === 'after' ? ENDED : RAN;
        holdsCommit = when === 'uncommitted';
      }
    }
    // What was run is committed by the sync that follows; a flush only makes PostgreSQL say how it went.
    server.write(type === 'S' && holdsCommit ? FLUSH : message);
  });
  const fromServer = splitter(false, (type, message) => {
    if (proxy.frozen) return;
    if (awaited?.has(type) === true) return freeze();
    client.write(message);
  });
  for (const [from, to, take] of [
    [client, server, fromClient],
    [server, client, fromServer],
  ] as const) {
    proxy.sockets.add(from);
    from.on('data', take);
    from.on('error', () => undefined);
    from.once('close', () => {
      proxy.sockets.delete(from);
      // What ends on one side of a silence is not heard on the other.
      if (!proxy.frozen) to.destroy();
    });
  }
}

/** Cuts a stream of PostgreSQL's protocol into messages; the first of a client has no type. */
function splitter(hasStartup: boolean, take: (type: string, message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let untyped = hasStartup;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = untyped ? 0 : 1;
      if (rest.length < head + 4) return;
      const bytes = head + rest.readInt32BE(head);
      if (rest.length < bytes) return;
      take(untyped ? '' : String.fromCharCode(rest[0] ?? 0), rest.subarray(0, bytes));
      untyped = false;
      rest = rest.subarray(bytes);
    }
  };
}

/** A statement that is about to run: a simple query, or a prepared one that is bound to its values. */
function statementIn(type: string, message: Buffer, prepared: Map<string, string>): Statement | null {
  const reader = { at: 5 };
  switch (type) {
    case 'Q':
      return { text: text(message, reader), values: [] };
    case 'P':
      prepared.set(text(message, reader), text(message, reader));
      return null;
    case 'B': {
      text(message, reader);
      return { text: prepared.get(text(message, reader)) ?? '', values: valuesIn(message, reader) };
    }
    default:
      return null;
  }
}

function valuesIn(message: Buffer, reader: { at: number }): string[] {
  const formats = message.readInt16BE(reader.at);
  reader.at += 2 + 2 * formats;
  const count = message.readInt16BE(reader.at);
  reader.at += 2;
  return Array.from({ length: count }, () => {
    const bytes = Math.max(0, message.readInt32BE(reader.at));
    const value = message.toString('utf8', reader.at + 4, reader.at + 4 + bytes);
    reader.at += 4 + bytes;
    return value;
  });
}

/** Up to the next NUL. */
function text(message: Buffer, reader: { at: number }): string {
  const end = message.indexOf(0, reader.at);
  const found = message.toString('utf8', reader.at, end);
  reader.at = end + 1;
  return found;
}
