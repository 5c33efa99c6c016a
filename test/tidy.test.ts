/** The house rules that no linter knows: who may import whom, how long files are, and where the world may be touched. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_LINES = 400;

/** Each part of `src/` and the parts it may import, besides itself. Files right under `src/` may import everything. */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  catalogue: ['model'],
  dialects: ['model'],
  providers: ['model'],
  store: ['model'],
  ledger: ['model', 'store'],
  media: ['model'],
  engine: ['model', 'catalogue', 'providers', 'store', 'media', 'secrets.ts', 'log.ts', 'new-id.ts'],
  server: [
    'model',
    'catalogue',
    'dialects',
    'engine',
    'ledger',
    'media',
    'providers',
    'store',
    'secrets.ts',
    'rotate-secrets.ts',
    'log.ts',
    'metrics.ts',
    'new-id.ts',
  ],
  cli: [
    'model',
    'ledger',
    'media',
    'providers',
    'server',
    'store',
    'config.ts',
    'installation-secrets.ts',
    'main.ts',
    'operator-key.ts',
    'secrets.ts',
    'version.ts',
  ],
};

/** Single arrows outside the table, each with its reason. */
const EXCEPTIONS: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [
  {
    from: 'src/providers/sandbox',
    to: 'src/media/studio',
    because: 'the plan of what the studio draws; the studio itself is handed in',
  },
];

/** Folders that hold tables, exempt from the length rule. */
const TABLES = ['src/catalogue/families/'];

/** Where a word of the outside world may stand. */
const PLACES: readonly { readonly what: string; readonly pattern: RegExp; readonly allowed: readonly string[] }[] = [
  {
    what: 'an HTTP client',
    pattern: /from 'undici'|\bfetch\(['"`h]/,
    allowed: ['src/providers/http.ts', 'src/media/guard/', 'src/cli/admin-client.ts', 'src/cli/doctor/machine.ts'],
  },
  {
    what: 'the built-in models without what operators say of them',
    pattern: /catalogue\/index\.ts'/,
    allowed: ['src/engine/live-catalogue.ts', 'src/server/admin/catalogue.ts'],
  },
  { what: 'an S3 client', pattern: /from '@aws-sdk\//, allowed: ['src/media/storage/s3-'] },
  { what: 'SQL', pattern: /\b(insert into|delete from|select \*|update \w+ set)\b/i, allowed: ['src/store/'] },
  { what: 'the environment', pattern: /process\.env/, allowed: ['src/main.ts', 'src/cli/main.ts'] },
  {
    what: 'the clock or chance',
    pattern: /Date\.now\(|new Date\(\)|Math\.random\(/,
    allowed: [
      'src/engine/',
      'src/server/',
      'src/media/',
      'src/store/embedded/',
      'src/store/database.ts',
      'src/new-id.ts',
      'src/main.ts',
      'src/reelgate.ts',
      'src/cli/',
    ],
  },
];

type SourceFile = { readonly path: string; readonly text: string; readonly imports: readonly string[] };

function sourceFiles(): SourceFile[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return names.map((name) => {
    const path = `src/${name}`;
    const text = readFileSync(join(ROOT, path), 'utf8');
    const imports = [...text.matchAll(/(?:from|import|new URL)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
      normalize(join(dirname(path), match[1] ?? '')),
    );
    return { path, text, imports };
  });
}

const FILES = sourceFiles();

function partOf(path: string): string {
  return relative('src', path).split('/')[0] ?? '';
}

function mayImport(from: string, to: string): boolean {
  const [fromPart, toPart] = [partOf(from), partOf(to)];
  const allowed = IMPORTS[fromPart];
  if (allowed === undefined) return !from.slice('src/'.length).includes('/');
  if (fromPart === toPart) return mayImportSibling(from, to);
  return (
    allowed.includes(toPart) ||
    EXCEPTIONS.some((exception) => from.startsWith(exception.from) && to.startsWith(exception.to))
  );
}

/** One dialect never imports another, nor one provider another; their registries import all. */
function mayImportSibling(from: string, to: string): boolean {
  const adapter = (path: string): string | null => /^src\/(dialects|providers)\/([^/]+)\//.exec(path)?.[2] ?? null;
  const [one, other] = [adapter(from), adapter(to)];
  return one === null || other === null || one === other;
}

describe('the house', () => {
  it('has a row in the import table for each of its parts', () => {
    const parts = new Set(FILES.filter((file) => file.path.split('/').length > 2).map((file) => partOf(file.path)));
    expect([...parts].filter((part) => !(part in IMPORTS))).toEqual([]);
  });

  it('imports only along the table', () => {
    const wrong = FILES.flatMap((file) =>
      file.imports
        .filter((to) => to.startsWith('src/') && !mayImport(file.path, to))
        .map((to) => `${file.path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no files that import each other in a circle', () => {
    const imports = new Map(FILES.map((file) => [file.path, file.imports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path) || trail.includes(path)) return;
      for (const to of imports.get(path) ?? []) visit(to, [...trail, path]);
      done.add(path);
    };
    for (const file of FILES) visit(file.path, []);
    expect(circles).toEqual([]);
  });

  it('keeps its files short enough to read', () => {
    const long = FILES.filter((file) => !TABLES.some((table) => file.path.startsWith(table)))
      .map((file) => ({ path: file.path, lines: file.text.split('\n').length }))
      .filter((file) => file.lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('begins each file with what it is for', () => {
    const silent = FILES.filter((file) => !/^(#!.*\n)?\/[/*]/.test(file.text)).map((file) => file.path);
    expect(silent).toEqual([]);
  });

  it.each(PLACES)('touches $what only where it may', ({ pattern, allowed }) => {
    const wrong = FILES.filter(
      (file) => pattern.test(withoutComments(file.text)) && !allowed.some((place) => file.path.startsWith(place)),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it('has no `any`', () => {
    const escapes = /\bas any\b|: any\b/;
    expect(FILES.filter((file) => escapes.test(withoutComments(file.text))).map((file) => file.path)).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
