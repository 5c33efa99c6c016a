/** IP addresses of clients: which of them a key allows, and how those of one house are counted as one. */

import ipaddr from 'ipaddr.js';

/** Whoever has one address of a /64 has them all. */
const HOUSE_BITS = 64;

/** Whether `text` is an address or a CIDR network, in full notation. */
export function isAddressRule(text: string): boolean {
  return ruleOf(text) !== null;
}

/** Whether a rule (an exact address or a CIDR network) covers the address; an IPv4-mapped address is the IPv4 one. */
export function isAllowedAddress(address: string, rules: readonly string[]): boolean {
  const client = addressOf(address);
  if (client === null) return false;
  return rules.some((text) => {
    const rule = ruleOf(text);
    return rule !== null && rule[0].kind() === client.kind() && client.match(rule);
  });
}

/** The name under which an address is counted: itself, or its /64 for IPv6. */
export function houseOf(address: string): string {
  const client = addressOf(address);
  if (client === null) return 'unknown';
  if (client.kind() === 'ipv4') return client.toString();
  const bytes = client.toByteArray().slice(0, HOUSE_BITS / 8);
  return Buffer.from(bytes).toString('hex');
}

type Address = ReturnType<typeof ipaddr.parse>;

function addressOf(text: string): Address | null {
  const [plain = ''] = text.split('%');
  if (!ipaddr.IPv4.isValidFourPartDecimal(plain) && !ipaddr.IPv6.isValid(plain)) return null;
  return ipaddr.process(plain);
}

function ruleOf(text: string): [Address, number] | null {
  const [network = '', bits, ...rest] = text.split('/');
  const address = addressOf(network);
  if (address === null || rest.length > 0) return null;
  const wholeBits = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return [address, wholeBits];
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : wholeBits + 1;
  return prefix <= wholeBits ? [address, prefix] : null;
}
