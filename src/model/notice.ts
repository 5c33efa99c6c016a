/** What webhooks tell of: the kinds, and the facts that a notice carries. */

import type { JsonObject } from './json.ts';

export const NOTICE_TYPES = ['video.completed', 'video.failed'] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** The end of a job as its owner's receivers are told of it. */
export type Notice = {
  readonly type: NoticeType;
  readonly data: JsonObject;
  /** Where the request itself asked to be told; its host with the port. */
  readonly callback: { readonly url: string; readonly host: string } | null;
};
