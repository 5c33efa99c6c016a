#!/usr/bin/env node
// Starts the server, or runs the command named, on a Node that runs TypeScript; else says in one sentence that this one does not.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Reelgate cannot start: this is Node ${process.versions.node}, and 22.18 or newer is needed. ` +
      'Run `npm ci` and then `npm start`, which brings Node 24 along on Linux and Windows, or install Node 24.\n',
  );
  process.exit(1);
}
await import(process.argv.length > 2 ? '../src/cli/main.ts' : '../src/main.ts');
