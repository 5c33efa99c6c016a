/** Loaded into a server (`--import`): each SIGUSR2 puts its clock ten minutes ahead, behind, and right again in turn. */

const DISTANCES_MS = [600_000, -600_000, 0];

const trueNow = Date.now.bind(Date);
let moves = 0;
let distanceMs = 0;
const now = (): number => trueNow() + distanceMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, given, type): object =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, type) as object,
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});

process.on('SIGUSR2', () => {
  distanceMs = DISTANCES_MS[moves % DISTANCES_MS.length] ?? 0;
  moves += 1;
  // A millisecond may pass between the two looks.
  process.stdout.write(`the clock is ${Math.round((new Date().getTime() - trueNow()) / 1000)} s off\n`);
});
