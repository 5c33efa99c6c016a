/** What a dialect answers to each of its commands, as golden pages keep it. */

import { listModels } from '../../src/catalogue/index.ts';
import type { Command, Dialect, HttpReply, Incoming, JobWriter, Route } from '../../src/dialects/dialect.ts';
import { EVENT_TYPES, isTerminal } from '../../src/model/job.ts';
import type { JobView } from '../../src/model/job.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { SPEC, UUID, viewIn } from './job-views.ts';
import type { RoutePage } from './route-page.ts';

/** Every name by which some API asks for a job. */
const QUERY = { id: UUID, task_id: UUID, file_id: UUID, task_ids: UUID, Action: 'CVSync2AsyncGetResult' };
const BODY = { operation: { id: UUID }, operationName: `models/m/operations/${UUID}`, task_id: UUID, req_key: 'k' };
const AT = new Date(1_759_938_900_999);
const QUOTE = {
  spec: SPEC,
  notes: [],
  amountMicros: 420_000n,
  price: { unit: 'second', micros: 84_000n },
  holdMicros: 420_000n,
} as const;

/** Jobs by what is told of them, such as their state. */
export type Views = Readonly<Record<string, JobView>>;

/**
 * The answers by route, of each of the jobs; `as` names an earlier route that answers the same. Requests are those of the
 * route's page, or of the page of its alias.
 */
export function commandAnswers(dialect: Dialect, pages: readonly RoutePage[], views: Views): JsonObject {
  const told = new Map<string, string>();
  const answers = dialect.routes.map((route) => {
    const name = `${route.method} ${route.path}`;
    const answer = answersOf(dialect, route, pages, views);
    const same = told.get(JSON.stringify(answer));
    if (same !== undefined) return [name, { as: same }] as const;
    told.set(JSON.stringify(answer), name);
    return [name, answer] as const;
  });
  const callbacks = dialect.writeCallback === undefined ? {} : { callback: callbacksOf(dialect, views) };
  return JSON.parse(JSON.stringify({ ...Object.fromEntries(answers), ...callbacks })) as JsonObject;
}

function answersOf(dialect: Dialect, route: Route, pages: readonly RoutePage[], views: Views): unknown {
  const page = pages.find((one) => one.route.endsWith(route.path)) ?? pages.find(isAliasOf(route)) ?? pages[0];
  const names = [...route.path.matchAll(/:([a-z_]+)/gi)].map(([, name = '']) => name);
  const query = { ...QUERY, ...page?.query };
  const incoming: Incoming = {
    params: { ...Object.fromEntries(names.map((name) => [name, UUID])), ...page?.params },
    query,
    queryAll: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
    headers: { ...page?.headers },
    body: route.bodySchema === null ? null : { ...page?.base, ...BODY },
    files: [],
    multipart: false,
  };
  const read = route.read(incoming);
  if (read.ok) return answerTo(dialect, read.command, views);
  return { refused: read.violations.map(({ code, param }) => `${code} ${param}`) };
}

/** Such as `/kling/v1/videos` of `/v1/videos`. */
function isAliasOf({ method, path }: Route): (page: RoutePage) => boolean {
  return ({ route }) => {
    const [pageMethod, pagePath = ''] = route.split(' ');
    return pageMethod === method && path.endsWith(pagePath);
  };
}

function answerTo(dialect: Dialect, command: Command, views: Views): unknown {
  const byJob = (write: JobWriter): unknown => mapped(views, (view) => write(view, 'en'));
  switch (command.kind) {
    case 'create':
      if (command.untilEnded !== undefined) return byJob((view) => text(command.untilEnded?.(view, 'en') ?? ''));
      return byJob(command.write ?? ((view, language) => dialect.writeJob(view, 'create', language)));
    case 'get':
      return byJob(command.write ?? ((view, language) => dialect.writeJob(view, 'get', language)));
    case 'cancel':
      return byJob(command.write);
    case 'list':
    case 'batch': {
      return command.write({ views: Object.values(views), hasMore: true, total: 9, missing: ['nobody'] }, 'en');
    }
    case 'delete':
      return command.write(UUID);
    case 'address':
      return command.write(viewIn('succeeded'), command.variant, 'https://r.example/v');
    case 'events':
      return EVENT_TYPES.map((type) =>
        command.write({ jobId: UUID, type, state: 'running', progress: 33, at: AT, view: null }, 'en'),
      );
    case 'models':
      return command.write(
        listModels()
          .slice(0, 1)
          .map((row) => ({ row, isServed: true })),
      );
    case 'model':
      return listModels()
        .slice(0, 1)
        .map((row) => command.write({ row, isServed: true }));
    case 'balance':
      return command.write({ availableMicros: 5_000_000n, heldMicros: 420_000n, openJobs: 2 });
    case 'estimate':
      return command.write(QUOTE, 'en');
    case 'content':
      return { bytes: command.variant };
  }
}

function mapped<T>(views: Views, tell: (view: JobView) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(views).map(([name, view]) => [name, tell(view)]));
}

function text(sent: string): HttpReply {
  return { status: 200, headers: {}, body: sent };
}

/** Signatures differ from try to try, so that only the names of the headers are kept. */
function callbacksOf(dialect: Dialect, views: Views): unknown {
  const target = { url: 'https://x.example/told', secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZg==' };
  const ended = Object.fromEntries(Object.entries(views).filter(([, { job }]) => isTerminal(job.state)));
  return mapped(ended, (view) => {
    const message = dialect.writeCallback?.(view, target);
    return { body: message?.body, headers: Object.keys(message?.headers('{}', AT) ?? {}) };
  });
}
