/** A collector of traces: real HTTP, OTLP as JSON. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly ms: number;
  readonly failed: boolean;
};

export type TraceReceiver = {
  readonly url: string;
  readonly spans: readonly SeenSpan[];
  /** Everything that was received, as text. */
  text(): string;
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
};

type WireSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
};
type Wire = {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[] }[];
};

const NANOSECONDS_PER_MS = 1_000_000n;
const ERROR = 2;

export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: SeenSpan[] = [];
  const texts: string[] = [];
  const headers: Readonly<Record<string, unknown>>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      texts.push(text);
      headers.push({ ...request.headers, path: request.url });
      const wire = JSON.parse(text) as Wire;
      for (const span of wire.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)))
        spans.push(spanOf(span));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    text: () => texts.join('\n'),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function spanOf(span: WireSpan): SeenSpan {
  const { attributes = [], links = [], parentSpanId = '', status } = span;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parentSpanId === '' ? null : parentSpanId,
    name: span.name,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])])),
    links: links.map(({ traceId, spanId }) => ({ traceId, spanId })),
    ms: Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / NANOSECONDS_PER_MS),
    failed: status?.code === ERROR,
  };
}
