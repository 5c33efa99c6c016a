/** Keys, sealed credentials and signed links. */

import { describe, expect, it } from 'vitest';

import { createSecrets, keyHints, newKey, sameText } from '../src/secrets.ts';

const secrets = createSecrets('a secret of at least thirty-two characters');

describe('a new key', () => {
  it('says what it is for, is long and never the same', () => {
    const keys = new Set(Array.from({ length: 200 }, () => newKey('test')));
    expect(keys.size).toBe(200);
    for (const key of keys) expect(key).toMatch(/^sk-rg-test-[0-9A-Za-z]{40}$/);
  });

  it('is shown again only by its ends', () => {
    expect(keyHints('sk-rg-live-abcdefghijkl')).toEqual({ prefix: 'sk-rg-live-abcd', tail: 'ijkl' });
  });

  it('is stored as a digest that needs our secret', () => {
    const other = createSecrets('another secret of thirty-two characters');
    expect(secrets.digestKey('k').equals(secrets.digestKey('k'))).toBe(true);
    expect(secrets.digestKey('k').equals(other.digestKey('k'))).toBe(false);
  });
});

describe('a sealed credential', () => {
  it('opens where it was sealed, and nowhere else', () => {
    const sealed = secrets.seal('AK|SK', 'channel:1');
    expect(secrets.open(sealed, 'channel:1')).toBe('AK|SK');
    expect(() => secrets.open(sealed, 'channel:2')).toThrow();
    expect(sealed.includes('AK|SK')).toBe(false);
  });

  it('does not open once a byte was changed', () => {
    const sealed = secrets.seal('AK|SK', 'channel:1');
    for (let at = 0; at < sealed.length; at += 1) {
      const bent = Buffer.from(sealed);
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(() => secrets.open(bent, 'channel:1')).toThrow();
    }
  });
});

describe('a signed link', () => {
  it('holds for its text alone', () => {
    const signature = secrets.signLink('asset:1');
    expect(secrets.verifyLink('asset:1', signature)).toBe(true);
    expect(secrets.verifyLink('asset:2', signature)).toBe(false);
    expect(secrets.verifyLink('asset:1', '')).toBe(false);
  });

  it('holds on after the secret was changed, while the old one is known', () => {
    const fresh = 'a third secret of thirty-two characters';
    const signature = secrets.signLink('asset:1');
    expect(createSecrets(fresh, ['a secret of at least thirty-two characters']).verifyLink('asset:1', signature)).toBe(
      true,
    );
    expect(createSecrets(fresh).verifyLink('asset:1', signature)).toBe(false);
  });

  it('is compared whatever its length', () => {
    expect([sameText('a', 'a'), sameText('a', 'ab'), sameText('', '')]).toEqual([true, false, true]);
  });
});
