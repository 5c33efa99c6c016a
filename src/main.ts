/** The process: settings in, server up, one clear sentence if that fails, a clean stop on SIGTERM and SIGINT. */

import { ConfigError, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { startReelgate } from './reelgate.ts';
import type { Reelgate } from './reelgate.ts';
import { StartupError } from './store/embedded/startup-error.ts';

const STOP_TIMEOUT_MS = 60_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  const server = await startReelgate(config, log);
  stopOnSignals(server);
  process.stdout.write(`${welcome(config.publicUrl ?? server.url, server)}\n`);
}

/** Printed keys are shown by this start only. */
function welcome(publicUrl: string, server: Reelgate): string {
  const { adminKey, testKey } = server.firstKeys;
  const lines = [`Reelgate is ready at ${server.url}`];
  if (adminKey !== null) lines.push('', `Admin key (shown once): ${adminKey}`);
  if (testKey !== null)
    lines.push('', `Test key (shown once):  ${testKey}`, '', 'Make a video:', '', curlLine(publicUrl, testKey));
  return lines.join('\n');
}

function curlLine(publicUrl: string, key: string): string {
  const body = JSON.stringify({
    model: 'Kling-3.0-Omni',
    prompt: 'A paper boat sails across a rainy neon city at night',
    seconds: '5',
    size: '1280x720',
  });
  return `curl -sSL ${publicUrl}/v1/videos -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -H 'Accept: video/mp4' -d '${body}' -o reelgate.mp4`;
}

function stopOnSignals(server: Reelgate): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    void server.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StartupError || error instanceof ConfigError)) throw error;
  process.stderr.write(`Reelgate cannot start: ${error.message}\n`);
  process.exitCode = 1;
}
