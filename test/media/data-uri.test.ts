// Inline media: what counts as base64, what is refused before decoding, and that hostile text costs no time.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeInlineMedia, looksLikeUrl } from '../../src/media/data-uri.ts';

const ROOMY = 1_000_000;
const SPEED_BYTES = 20 * 1_048_576;

function bytesOf(text: string): string | null {
  const decoded = decodeInlineMedia(text, ROOMY);
  return decoded.ok ? decoded.bytes.toString('latin1') : null;
}

describe('base64 of media', () => {
  it('gives back any bytes, in either alphabet, padded or not, bare or in a data URI', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), fc.boolean(), (array, url, pad) => {
        const bytes = Buffer.from(array);
        const text = bytes.toString(url ? 'base64url' : 'base64').replaceAll('=', '');
        const padded = pad ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text;
        expect(decodeInlineMedia(padded, ROOMY)).toEqual({ ok: true, bytes, declaredMime: null });
        expect(decodeInlineMedia(`data:image/png;base64,${padded}`, ROOMY)).toEqual({
          ok: true,
          bytes,
          declaredMime: 'image/png',
        });
      }),
    );
  });

  it('reads the declared type in lower case, and none when there is none', () => {
    const mimeOf = (text: string): unknown => {
      const decoded = decodeInlineMedia(text, ROOMY);
      return decoded.ok ? decoded.declaredMime : decoded.reason;
    };
    expect(mimeOf('DATA:Image/SVG+xml;BASE64,QUJD')).toBe('image/svg+xml');
    expect(mimeOf('data:;base64,QUJD')).toBe(null);
    expect(mimeOf('data:audio/webm;codecs=opus;base64,QUJD')).toBe('audio/webm');
  });

  it('takes white space at the end, where tools leave a line break, and nowhere else', () => {
    expect(bytesOf('QUJD\r\n')).toBe('ABC');
    for (const text of ['QU JD', 'QUJD\nQUJD', ' QUJD', 'data:image/png;base64, QUJD'])
      expect(bytesOf(text)).toBe(null);
  });

  it.each(['A', 'QUJDR', 'QUI', 'QQ=='])('judges only the length of %j by its remainder', (text) => {
    expect(decodeInlineMedia(text, ROOMY).ok).toBe(text.replaceAll('=', '').length % 4 !== 1);
  });

  it.each([
    'Q===',
    'QQ=',
    'QUJD=',
    'QUJD==',
    '=',
    '==',
    'Q=JD',
    'QQ==QQ==',
    'QUJ!',
    'QUJD%3D',
    '+A-_',
    'QUJ\u0141',
    '\u0141\u0141\u0141\u0141',
    'QUJ\0',
    'data:image/png,QUJD',
    'data:image/png;base64',
    'data:image/png;charset=utf-8;base64,QUJD',
    'data:image/png;charset=utf-16;CHARSET=utf-7;base64,QUJD',
    'data:image/png;base64;base64,QUJD',
    'data:image /png;base64,QUJD',
    `data:image/png;a=${'x'.repeat(300)};base64,QUJD`,
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
  ])('refuses %j', (text) => {
    expect(decodeInlineMedia(text, ROOMY)).toEqual({ ok: false, reason: 'invalid' });
  });

  it('calls nothing at all empty', () => {
    for (const text of ['', '\n', 'data:image/png;base64,', 'data:image/png;base64,\n']) {
      expect(decodeInlineMedia(text, ROOMY)).toEqual({ ok: false, reason: 'empty' });
    }
  });

  it('bounds the decoded size exactly, before looking at the text', () => {
    expect(decodeInlineMedia('QUJD', 3).ok).toBe(true);
    expect(decodeInlineMedia('QUI=', 2).ok).toBe(true);
    expect(decodeInlineMedia('QUJD', 2)).toEqual({ ok: false, reason: 'too_large' });
    expect(decodeInlineMedia('!'.repeat(4_000), 2_000)).toEqual({ ok: false, reason: 'too_large' });
  });

  it('finds one bad character anywhere in a long text', () => {
    const text = Buffer.alloc(300_000, 'reelgate').toString('base64');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(' ', '=', '!', '\u0141', '\n'), (at, bad) => {
        const isTrailing = at === text.length - 1;
        fc.pre(!isTrailing);
        const spoiled = text.slice(0, at) + bad + text.slice(at + 1);
        expect(decodeInlineMedia(spoiled, ROOMY)).toEqual({ ok: false, reason: 'invalid' });
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a 20 MB text with a bad character at its end about as fast as it decodes a good one', () => {
    const good = Buffer.alloc(SPEED_BYTES, 'reelgate').toString('base64');
    const spoiled = `${good.slice(0, -8)}!${good.slice(-7)}`;
    const timed = (text: string): { ok: boolean; ms: number } => {
      const startedAt = performance.now();
      return { ok: decodeInlineMedia(text, SPEED_BYTES).ok, ms: performance.now() - startedAt };
    };
    timed(good);
    const [decoded, refused] = [timed(good), timed(spoiled)];
    expect([decoded.ok, refused.ok]).toEqual([true, false]);
    expect(refused.ms).toBeLessThan(decoded.ms * 10 + 100);
  });
});

describe('telling a URL from inline media', () => {
  it('calls every scheme but data a URL, so that a forbidden one is refused as a URL', () => {
    for (const text of [
      'https://a.example/x.png',
      'HTTP://a',
      ' http://a',
      'ftp://a',
      'file:///etc/passwd',
      's3://b/k',
    ]) {
      expect(looksLikeUrl(text)).toBe(true);
    }
    for (const text of ['data:image/png;base64,QUJD', 'DATA:,', '/9j/4AAQ', '//uQxAAA', 'QUJD', '', 'a b:c']) {
      expect(looksLikeUrl(text)).toBe(false);
    }
  });
});
