/** The admin API as tests use it. */

import { expect } from 'vitest';

import type { TestServer } from '../../support/test-server.ts';

export type Fields = Record<string, unknown> & { id: string };
export type Problem = {
  status: number;
  title: string;
  detail: string;
  code: string;
  param: string | null;
  request_id: string;
};
export type Page = { data: Fields[]; next: string | null };

/** Requests to the admin API of the server that there is when they are made. */
export function adminClient(server: () => TestServer) {
  async function ask<T>(
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T }> {
    const response = await server().admin(path, { method, headers, ...(json === undefined ? {} : { json }) });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  /** Fails unless it was made. */
  async function make(path: string, json: unknown): Promise<Fields> {
    const { status, body } = await ask<Fields>('POST', path, json);
    expect([status, body]).toEqual([201, expect.objectContaining({ id: expect.any(String) })]);
    return body;
  }

  return { ask, make };
}
