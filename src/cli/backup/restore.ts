/** Brings a backup into an empty database: its schema first, then its rows in one transaction, then whatever came after it. */

import type { AuditReport } from '../../ledger/audit.ts';
import { runAudit } from '../../ledger/audit.ts';
import type { Storage } from '../../media/storage/storage.ts';
import { isEmptyDatabase, restoreRows } from '../../store/backup.ts';
import type { Database } from '../../store/database.ts';
import { isOwnHistory, migrate, MIGRATIONS } from '../../store/migrate.ts';
import { CliError } from '../exit.ts';
import { kindOf } from './archive.ts';
import type { Header } from './archive.ts';
import { readTar } from './tar.ts';
import type { TarEntry } from './tar.ts';
import { bytesOf, linesOf, withBackup } from './verify.ts';
import type { Verified } from './verify.ts';

export type RestoreOptions = {
  readonly db: Database;
  readonly path: string;
  readonly verified: Verified;
  readonly assets: Storage;
};

export type Restored = { readonly rows: number; readonly assets: number; readonly audit: AuditReport };

/** Throws `CliError` for a database that is not empty, or a backup of another Reelgate's schema. */
export async function restoreBackup({ db, path, verified, assets }: RestoreOptions): Promise<Restored> {
  const { header, manifest } = verified;
  const newest = header.migrations.at(-1)?.version ?? 0;
  if (!(await isOwnHistory(header.migrations, MIGRATIONS)))
    throw new CliError(
      'refused',
      `The backup was made by Reelgate ${header.reelgate}, whose database this one does not know. Restore it with that version or a newer one.`,
    );
  if (!(await isEmptyDatabase(db)))
    throw new CliError('refused', 'The database is not empty: a backup is restored into an empty one only.');
  await migrate(db, MIGRATIONS, newest);
  await restoreRows(db, async (insert) => {
    await eachEntry(path, async (entry) => {
      const kind = kindOf(entry.name);
      if (kind.kind === 'chunk') await insert(tableOf(header, kind.table), await linesOf(await bytesOf(entry)));
    });
  });
  await migrate(db, MIGRATIONS);
  const restored = await restoreAssets(path, assets);
  const rows = Object.values(manifest.rows).reduce((sum, count) => sum + count, 0);
  return { rows, assets: restored, audit: await runAudit(db) };
}

async function restoreAssets(path: string, assets: Storage): Promise<number> {
  let count = 0;
  await eachEntry(path, async (entry) => {
    const kind = kindOf(entry.name);
    if (kind.kind !== 'asset') return;
    const writer = await assets.writer({ maxBytes: entry.bytes });
    try {
      for await (const chunk of entry.chunks) await writer.write(chunk);
      await writer.commit();
    } finally {
      await writer.abort();
    }
    count += 1;
  });
  return count;
}

function eachEntry(path: string, read: (entry: TarEntry) => Promise<void>): Promise<void> {
  return withBackup(path, async (file) => {
    for await (const entry of readTar(file)) await read(entry);
  });
}

function tableOf(header: Header, name: string): Header['tables'][number] {
  const table = header.tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new RangeError(`the header of a verified backup knows the table ${name}`);
  return table;
}
