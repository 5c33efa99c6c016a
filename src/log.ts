/** Structured logs on standard output: no secret, no prompt, no input address. */

import { pino } from 'pino';
import type { Logger } from 'pino';

import type { LogLevel } from './config.ts';

export type Log = Logger;

export function createLog(level: LogLevel): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', '*.authorization', 'credential', '*.credential'],
  });
}
