/** What is not kept for ever, and for how long. */

export const KEPT_KINDS = ['files', 'events', 'deliveries', 'jobs'] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

/** In days since a file was stored, an event happened, a delivery was made, a job ended; null: for ever. */
export type KeptDays = { readonly [kind in KeptKind]: number | null };

export const USUAL_KEPT_DAYS: KeptDays = { files: null, events: null, deliveries: 30, jobs: null };

/** A century. */
export const MAX_KEPT_DAYS = 36_500;
