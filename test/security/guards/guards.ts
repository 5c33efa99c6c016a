/** For each letter of the security cases a guard, and how to break it so that cases of the letter must notice. Data only. */

export type Guard = {
  readonly letter: string;
  /** What it sees to. */
  readonly guard: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly text: string;
  /** Put in its place. */
  readonly broken: string;
  /** Which `test/<test>.test.ts` has the cases that notice. */
  readonly test: string;
};

export const GUARDS: readonly Guard[] = [
  {
    letter: 'A',
    guard: 'a revoked or an expired key is refused',
    file: 'src/server/auth.ts',
    text: 'key === null || key.revokedAt !== null || isOver(key.expiresAt, nowMs())',
    broken: 'key === null',
    test: 'security/authentication',
  },
  {
    letter: 'B',
    guard: 'only its own account finds a job',
    file: 'src/server/commands.ts',
    text: 'return job.accountId === key.accountId && job.mode === key.mode;',
    broken: 'return job.mode === key.mode;',
    test: 'security/object-access',
  },
  {
    letter: 'S',
    guard: 'no connection to an address inside',
    file: 'src/media/guard/url-rules.ts',
    text: 'return verdict.allowed && hasPublicPort(target) && (target.secure || rules.allowHttp);',
    broken: 'return true;',
    test: 'security/urls',
  },
  {
    letter: 'W',
    guard: 'the address of a callback is signed',
    file: 'src/engine/callback-link.ts',
    text: 'return secrets.verifyLink(signedText(channelId, attemptId), signature) ? attemptId : null;',
    broken: 'return attemptId;',
    test: 'security/webhooks',
  },
  {
    letter: 'M',
    guard: 'a number that is none is refused, not passed over',
    file: 'src/dialects/fields.ts',
    text: 'return wrongType(param, value, EXPECTED.integer);',
    broken: 'return ABSENT;',
    test: 'security/money',
  },
  {
    letter: 'D',
    guard: 'a request that goes in a circle ends',
    file: 'src/server/suspicion.ts',
    text: 'if (hopsOf(request) > MAX_HOPS)',
    broken: 'if (hopsOf(request) > 10 * MAX_HOPS)',
    test: 'security/resources',
  },
  {
    letter: 'X',
    guard: 'the words of a vendor are kept without our key',
    file: 'src/engine/vendor-words.ts',
    text: 'secrets.reduce((words, secret) => words.replaceAll(secret, HIDDEN), plain)',
    broken: 'plain',
    test: 'security/content',
  },
  {
    letter: 'P',
    guard: 'a header that is sent twice is refused',
    file: 'src/server/suspicion.ts',
    text: 'seen.add(name);',
    broken: '',
    test: 'security/http',
  },
  {
    letter: 'C',
    guard: 'the database keeps the ledger from being changed',
    file: 'src/store/migrations/0001-initial.sql',
    text: "raise exception 'the ledger is append-only';",
    broken: 'return new;',
    test: 'security/surroundings',
  },
  {
    letter: 'L',
    guard: 'a log names the route, not the address',
    file: 'src/server/access-log.ts',
    text: 'request.routeOptions.url ?? null',
    broken: 'request.url',
    test: 'security/canary',
  },
  {
    letter: 'L',
    guard: 'of a credential only the tail is shown',
    file: 'src/server/admin/credential-pool.ts',
    text: 'text.slice(-TAIL_CHARS)',
    broken: 'text',
    test: 'security/canary',
  },
  {
    letter: 'K',
    guard: 'the image does not run as root',
    file: 'Dockerfile',
    text: 'USER 1000:1000',
    broken: 'USER 0:0',
    test: 'packaging/packaging',
  },
];
