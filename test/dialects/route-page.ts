/** The documented requests of a route, as the suite of the dialects plays them. */

import type { Json, JsonObject } from '../../src/model/json.ts';

/** A value for a documented field: alone, or with what it needs beside it. */
export type FieldSample = Json | { readonly value: Json; readonly beside: JsonObject };

/** The documented requests of one route. */
export type RoutePage = {
  /** Such as `POST /v1/video/create`. */
  readonly route: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The least that is a good request. */
  readonly base: JsonObject;
  /** Every field of the reference page by its path (`metadata.seed`), with a value that differs from the base's. */
  readonly fields: Readonly<Record<string, FieldSample>>;
};
