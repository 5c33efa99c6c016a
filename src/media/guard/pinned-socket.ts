// Opens a connection to one already judged address: no name lookup, the certificate checked against the name.

import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { sameAddress } from './address-table.ts';
import { FetchRefusal } from './fetch-refusal.ts';
import type { FetchTarget } from './url-rules.ts';

export type PinnedSocketOptions = {
  /** Aborting destroys the half-open socket. */
  readonly signal: AbortSignal;
  /** PEM certificates trusted instead of the built-in ones; null: the built-in ones. */
  readonly certificateAuthorities: readonly string[] | null;
};

/**
 * Connects to `address` and nothing else, asserts that the peer is that address before a byte is sent, and for https
 * verifies the certificate against the target's host name. Rejects with the socket's error or the signal's reason.
 */
export async function openPinnedSocket(
  target: FetchTarget,
  address: string,
  options: PinnedSocketOptions,
): Promise<Socket> {
  const socket = connectTcp({ host: address, port: target.port, autoSelectFamily: false, noDelay: true });
  await established(socket, 'connect', options.signal);
  if (socket.remoteAddress === undefined || !sameAddress(socket.remoteAddress, address)) {
    socket.destroy();
    throw new FetchRefusal('url_not_allowed', 'The connection did not reach the address that was checked.');
  }
  if (!target.secure) return socket;

  const secureSocket = connectTls({
    socket,
    host: address,
    ...(target.isAddress ? {} : { servername: target.hostname }),
    ...(options.certificateAuthorities === null ? {} : { ca: [...options.certificateAuthorities] }),
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
  try {
    await established(secureSocket, 'secureConnect', options.signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return secureSocket;
}

/** Waits for the event; on an error, an early close or an abort the socket is destroyed and the promise rejects. */
async function established(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason);
  const onClose = (): void => reject(new FetchRefusal('unreachable', 'The host closed the connection at once.'));
  socket.once(event, () => resolve());
  // Stays for the socket's whole life: an error between two owners must not take the process down.
  socket.on('error', reject);
  socket.once('close', onClose);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.removeListener('close', onClose);
    signal.removeEventListener('abort', onAbort);
  }
}
