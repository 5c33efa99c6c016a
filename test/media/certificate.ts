// Makes a throw-away TLS certificate in memory, so that no key is kept in the repository and no tool is needed.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export type TestCertificate = { key: string; cert: string };

const DAY_MS = 24 * 60 * 60 * 1_000;
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALT_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';

/** A self-signed certificate for the DNS names; with `expired` its year ended yesterday. */
export function makeCertificate(names: readonly string[], { expired = false } = {}): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const endMs = Date.now() + (expired ? -DAY_MS : DAY_MS);
  const name = sequence(tlv(0x31, sequence(hex(COMMON_NAME), tlv(0x0c, Buffer.from('Reelgate test')))));
  const algorithm = sequence(hex(ECDSA_WITH_SHA256));
  const altNames = sequence(...names.map((host) => tlv(0x82, Buffer.from(host))));
  const body = sequence(
    tlv(0xa0, hex('020102')),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(generalizedTime(endMs - 365 * DAY_MS), generalizedTime(endMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(
      0xa3,
      sequence(
        sequence(hex(SUBJECT_ALT_NAME), tlv(0x04, altNames)),
        sequence(hex(BASIC_CONSTRAINTS), hex('0101ff'), tlv(0x04, sequence(hex('0101ff')))),
      ),
    ),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]);
  const der = sequence(body, algorithm, tlv(0x03, signature));
  const lines = der.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function generalizedTime(ms: number): Buffer {
  return tlv(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
}
