/** A reader of event streams, as a browser's EventSource reads them. */

import { isObject } from '../../../src/model/json.ts';
import type { JsonObject } from '../../../src/model/json.ts';

export type ServerEvent = { readonly id: string | null; readonly name: string; readonly data: JsonObject };

export type EventStream = {
  readonly response: Response;
  /** The next event, or null at the end. */
  next(): Promise<ServerEvent | null>;
  /** All events up to the end. */
  rest(): Promise<ServerEvent[]>;
  /** Events up to the first of this name. */
  until(name: string): Promise<ServerEvent[]>;
  /** Everything that came so far, as text. */
  text(): string;
  close(): void;
};

export async function openEvents(url: string, key: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const leaving = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  });
  const source = piecesOf(response, leaving.signal);
  let seen = '';
  let left = '';

  async function next(): Promise<ServerEvent | null> {
    for (;;) {
      const end = left.indexOf('\n\n');
      if (end >= 0) {
        const block = left.slice(0, end);
        left = left.slice(end + 2);
        const event = eventOf(block);
        if (event !== null) return event;
        continue;
      }
      const piece = await source.next();
      if (piece.done === true) return null;
      seen += piece.value;
      left += piece.value;
    }
  }

  async function collect(isLast: (event: ServerEvent) => boolean): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for (let event = await next(); event !== null; event = await next()) {
      events.push(event);
      if (isLast(event)) break;
    }
    return events;
  }

  return {
    response,
    next,
    rest: () => collect(() => false),
    until: (name) => collect((event) => event.name === name),
    text: () => seen,
    close: () => leaving.abort(),
  };
}

async function* piecesOf(response: Response, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Null for a block that holds no event: a comment, or when to connect again. */
function eventOf(block: string): ServerEvent | null {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  const value: unknown = JSON.parse(data);
  if (!isObject(value)) throw new Error(`an event without an object: ${data}`);
  return { id: fields.get('id') ?? null, name: fields.get('event') ?? 'message', data: value };
}
