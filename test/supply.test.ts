/** The packages of this repository keep the rules, and the rules notice what they are for. */

import { describe, expect, it } from 'vitest';

import { readPackages, SUPPLY_RULES } from '../scripts/supply-rules.ts';
import type { LockedPackage, Lockfile, Manifest } from '../scripts/supply-rules.ts';

const DIGEST = 'sha512-AAAA';
const GOOD: LockedPackage = { version: '1.2.3', license: 'MIT', integrity: DIGEST };
const EMPTY = { dependencies: {}, optionalDependencies: {}, devDependencies: {} };

/** What is said of one library `good` at run time, changed in one place. */
function faults(change: { version?: string; of?: LockedPackage; more?: Record<string, LockedPackage> }): string[] {
  const manifest: Manifest = { ...EMPTY, dependencies: { good: change.version ?? '1.2.3' } };
  const packages = { '': manifest, 'node_modules/good': change.of ?? GOOD, ...change.more };
  const lockfile: Lockfile = { packages };
  return SUPPLY_RULES.flatMap((rule) => rule.faults(manifest, lockfile));
}

it.each(SUPPLY_RULES)('here, $name', (rule) => {
  expect(rule.faults(...readPackages())).toEqual([]);
});

describe('the packages', () => {
  it('are fine as they should be, whatever a development tool is under', () => {
    const more = {
      'node_modules/tool': { ...GOOD, dev: true, license: 'GPL-3.0', hasInstallScript: true },
      'node_modules/choice': { ...GOOD, license: '(GPL-3.0 OR MIT)' },
      'node_modules/native-plan9': { version: '1.0.0', license: 'MIT', optional: true, os: ['plan9'] },
      'node_modules/mediabunny': { ...GOOD, license: 'MPL-2.0' },
    };
    expect(faults({ more })).toEqual([]);
  });

  it.each([
    ['a range', { version: '^1.2.3', of: { ...GOOD, version: '^1.2.3' } }, "good is '^1.2.3'"],
    ['another version in the lockfile', { of: { ...GOOD, version: '1.2.4' } }, 'good is locked at another version'],
    ['no digest', { of: { version: '1.2.3', license: 'MIT' } }, 'good has none'],
    ['a licence of the list taken with another', { of: { ...GOOD, license: 'MIT AND GPL-3.0' } }, 'good is under'],
    ['no licence', { more: { 'node_modules/deep': { version: '1.0.0', integrity: DIGEST } } }, "deep is under 'none'"],
    ['a script at installing', { of: { ...GOOD, hasInstallScript: true } }, 'good has one'],
  ])('are refused for %s', (_, change, fault) => {
    expect(faults(change)).toEqual([expect.stringContaining(fault)]);
  });

  it('are refused when they are too many, builds for many machines counted as one', () => {
    const manifestOf = (count: number): Manifest => ({
      ...EMPTY,
      dependencies: Object.fromEntries(Array.from({ length: count }, (_, at) => [`library-${at}`, '1.0.0'])),
      optionalDependencies: { 'tool-linux-x64': '1.0.0', 'tool-darwin-arm64': '1.0.0' },
    });
    const said = (count: number): string[] =>
      SUPPLY_RULES.flatMap((rule) => rule.faults(manifestOf(count), { packages: {} })).filter((fault) =>
        fault.startsWith('there are'),
      );
    expect(said(24)).toEqual([]);
    expect(said(25)).toEqual(['there are 26']);
  });
});
