/** What a backup file holds: a header, the rows of each table in chunks, stored files, and last a manifest that vouches for all. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { CliError } from '../exit.ts';

export const FORMAT = 'reelgate-backup';
export const FORMAT_VERSION = 1;

export const HEADER_NAME = 'header.json';
/** The last entry: a file that was cut off has none. */
export const MANIFEST_NAME = 'manifest.json';
const CHUNK_NAME = /^tables\/([a-z_][a-z0-9_]*)\/(\d{6,})\.jsonl\.gz$/;
const ASSET_NAME = /^assets\/([0-9a-f]{64})$/;

/** Of a chunk before it is compressed; one longer row makes a longer chunk. */
export const CHUNK_BYTES = 4 * 1024 * 1024;
/** What an entry that is read into memory may come to, compressed and not. */
export const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

const Count = Type.Integer({ minimum: 0 });
const Header = Type.Object({
  format: Type.Literal(FORMAT),
  version: Type.Literal(FORMAT_VERSION),
  reelgate: Type.String(),
  postgres: Type.String(),
  taken_at: Type.String(),
  migrations: Type.Array(Type.Object({ version: Count, name: Type.String(), checksum: Type.String() })),
  tables: Type.Array(Type.Object({ name: Type.String(), columns: Type.Array(Type.String()) })),
});
const Manifest = Type.Object({
  format: Type.Literal(FORMAT),
  /** Of each entry before this one that is not a stored file, whose name is its digest. */
  entries: Type.Array(Type.Object({ name: Type.String(), sha256: Type.String() })),
  rows: Type.Record(Type.String(), Count),
  /** Micro-USD as decimal text. */
  ledger: Type.Record(Type.String(), Type.String()),
  assets: Type.Object({ included: Type.Boolean(), count: Count, bytes: Count, missing: Type.Array(Type.String()) }),
});

export type Header = Static<typeof Header>;
export type Manifest = Static<typeof Manifest>;

const header = Compile(Header);
const manifest = Compile(Manifest);

/** Throws `CliError` for what this build cannot read. */
export function readHeader(bytes: Buffer): Header {
  const value = parsed(bytes);
  if (header.Check(value)) return value;
  throw new CliError(
    'failed',
    `This is no backup that this Reelgate can read: its ${HEADER_NAME} is not of version ${FORMAT_VERSION}.`,
  );
}

export function readManifest(bytes: Buffer): Manifest {
  const value = parsed(bytes);
  if (manifest.Check(value)) return value;
  throw new CliError('failed', `The backup is damaged: its ${MANIFEST_NAME} cannot be read.`);
}

export function chunkName(table: string, number: number): string {
  return `tables/${table}/${String(number).padStart(6, '0')}.jsonl.gz`;
}

export function assetName(sha256: string): string {
  return `assets/${sha256}`;
}

export type EntryKind =
  | { readonly kind: 'header' | 'manifest' | 'unknown' }
  | { readonly kind: 'chunk'; readonly table: string }
  | { readonly kind: 'asset'; readonly sha256: string };

export function kindOf(name: string): EntryKind {
  if (name === HEADER_NAME) return { kind: 'header' };
  if (name === MANIFEST_NAME) return { kind: 'manifest' };
  const table = CHUNK_NAME.exec(name)?.[1];
  if (table !== undefined) return { kind: 'chunk', table };
  const sha256 = ASSET_NAME.exec(name)?.[1];
  return sha256 === undefined ? { kind: 'unknown' } : { kind: 'asset', sha256 };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
