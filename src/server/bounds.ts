/** Every bound of the HTTP side: sizes in bytes, times in milliseconds. */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

export const BODY_BOUNDS = {
  jsonBytes: 64 * MIB,
  jsonDepth: 64,
  /** Commas and colons outside of strings: about the number of values. */
  jsonValues: 100_000,
  /** Bytes outside of strings, so that a sea of brackets or blanks is refused before it is parsed. */
  jsonStructureBytes: 4 * MIB,
  jsonQuotes: 1_000_000,
  formBytes: 256 * MIB,
  formFiles: 16,
  formFields: 200,
  formFieldBytes: 32 * MIB,
  /** All fields of one form together: they are kept in memory, files are not. */
  formFieldsBytes: 64 * MIB,
  formFileBytes: 200 * MIB,
  formHeaderBytes: 16 * KIB,
  formHeaderPairs: 32,
  formNameBytes: 512,
  /** A body that sends nothing for this long is given up. */
  idleMs: 30 * SECOND_MS,
  /** All bodies that are in memory at one time. */
  inMemoryBytes: 256 * MIB,
  busyRetryMs: SECOND_MS,
} as const;

export const HTTP_BOUNDS = {
  headersMs: 30 * SECOND_MS,
  /** The whole request, body included. */
  requestMs: 10 * MINUTE_MS,
  keepAliveMs: 72 * SECOND_MS,
  timeoutCheckMs: 5 * SECOND_MS,
  headerBytes: 16 * KIB,
  paramChars: 256,
  /** How long the rest of a refused body is read and thrown away, so that the client can read the answer. */
  lingerMs: 5 * SECOND_MS,
  /** A download of which the client takes nothing for this long is given up. */
  stalledDownloadMs: MINUTE_MS,
} as const;

export const CALLBACK_BOUNDS = {
  /** Vendors repeat the whole task in a callback; it is not needed. */
  bodyBytes: 256 * KIB,
} as const;

export const KEY_BOUNDS = {
  maxKeyBytes: 256,
  cacheMs: 2 * SECOND_MS,
  cachedKeys: 10_000,
  badKeysPerMinute: 10,
  trackedAddresses: 10_000,
  trackedKeys: 100_000,
} as const;

export const LINK_BOUNDS = {
  /** Links last this long beyond the next full hour, so that they stay the same while a client polls. */
  lifeMs: 24 * 60 * MINUTE_MS,
  roundMs: 60 * MINUTE_MS,
} as const;

export const READ_BOUNDS = {
  /** Jobs of a list are counted up to here. */
  countedJobs: 10_000,
  /** Jobs read by one statement. */
  batch: 200,
  /** Such statements at once. */
  reads: 4,
  /** A statement that takes longer keeps nobody else waiting. */
  slowReadMs: 20,
  /** Copies of jobs kept in memory, each good while its version is. */
  knownJobs: 2_000,
  deleteTries: 3,
  notesHeaderBytes: 4 * KIB,
  readyMs: SECOND_MS,
  unavailableRetryMs: SECOND_MS,
  /** A create that waits for its video. */
  videoWaitMs: 15 * MINUTE_MS,
  /** The longest wait of `Prefer: wait`. */
  preferWaitMs: MINUTE_MS,
} as const;

/** When requests are refused for the load; see `load.ts`. */
export const LOAD_BOUNDS = {
  resolutionMs: 20,
  /** The loop is judged by what it did since the last sample. */
  sampleMs: 500,
  busyShare: 0.9,
  /** Looks are refused when the loop is so many times later than what refuses creates. */
  readsFactor: 5,
  retryMs: 2 * SECOND_MS,
} as const;

export const METRICS_BOUNDS = {
  /** What the database said is good for so long. */
  freshMs: 5 * SECOND_MS,
  /** One statement of a scrape. */
  statementMs: 3 * SECOND_MS,
} as const;

/** Streams of events. */
export const STREAM_BOUNDS = {
  /** Open at one time by one key on one node. */
  perKey: 20,
  busyRetryMs: 5 * SECOND_MS,
  /** A comment goes out after so long without an event; the key is looked at again as often. */
  heartbeatMs: 15 * SECOND_MS,
  /** Between two looks for progress, which is no event of its own. */
  progressMs: 500,
  /** What a client should wait before it connects again. */
  reconnectMs: 2 * SECOND_MS,
  /** Events read at once; also what is in memory for a client that reads slowly. */
  page: 50,
  /** A client that takes nothing for this long is cut off; it can resume. */
  stalledMs: 30 * SECOND_MS,
  /** Then the stream ends in good order, and the client resumes. */
  lifeMs: 60 * MINUTE_MS,
} as const;
export type StreamBounds = { readonly [bound in keyof typeof STREAM_BOUNDS]: number };
