/** The dashboard and the alert rules: well formed, readable by Prometheus, and about metrics that exist. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { COUNTERS, HISTOGRAMS, NODE_GAUGES, SHARED_GAUGES } from '../../src/metrics.ts';
import { readPromql } from './promql.ts';

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
};
type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
};

const DASHBOARD = JSON.parse(read('../../ops/grafana/reelgate.json')) as { uid: string; panels: readonly Panel[] };
const RULES = parse(read('../../ops/prometheus/alerts.yml')) as { groups: { name: string; rules: Rule[] }[] };
const PANELS = DASHBOARD.panels.filter(({ type }) => type !== 'row');
const ALERTS = RULES.groups.flatMap(({ rules }) => rules);
/** From Prometheus itself and from the process metrics that `prom-client` adds. */
const OTHERS: Readonly<Record<string, readonly string[]>> = { process_resident_memory_bytes: [] };
const SCRAPED = ['instance', 'job'];

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** The labels of everything that can be asked for. */
function askable(): ReadonlyMap<string, readonly string[]> {
  const plain = Object.entries({ ...COUNTERS, ...NODE_GAUGES, ...SHARED_GAUGES }).map(
    ([name, { labels }]) => [name, labels] as const,
  );
  const histograms = Object.entries(HISTOGRAMS).flatMap(([name, { labels }]) => [
    [`${name}_bucket`, [...labels, 'le']] as const,
    [`${name}_sum`, labels] as const,
    [`${name}_count`, labels] as const,
  ]);
  return new Map<string, readonly string[]>([...plain, ...histograms, ...Object.entries(OTHERS)]);
}

function check(expr: string): void {
  const known = askable();
  const selectors = readPromql(expr.replaceAll('$__rate_interval', '5m'));
  expect(selectors.length).toBeGreaterThan(0);
  for (const { metric, labels } of selectors) {
    expect([...known.keys()]).toContain(metric);
    for (const label of labels) expect([...(known.get(metric) ?? []), ...SCRAPED]).toContain(label);
  }
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((one) => one.trim()),
  );
  const all = [...SCRAPED, ...selectors.flatMap(({ metric }) => known.get(metric) ?? [])];
  for (const label of grouped) expect(all).toContain(label);
}

describe('the dashboard', () => {
  it('has panels of their own ids, side by side', () => {
    expect(DASHBOARD.uid).toBe('reelgate');
    expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length);
    for (const { gridPos: one, id } of DASHBOARD.panels) {
      expect(one.x + one.w).toBeLessThanOrEqual(24);
      const overlaps = DASHBOARD.panels.filter(
        ({ gridPos: other, id: otherId }) =>
          otherId !== id &&
          one.x < other.x + other.w &&
          other.x < one.x + one.w &&
          one.y < other.y + other.h &&
          other.y < one.y + one.h,
      );
      expect(overlaps.map(({ title }) => title)).toEqual([]);
    }
  });

  it.each(PANELS.map((panel) => [panel.title, panel] as const))('asks for what there is: %s', (_, { targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr } of targets) check(expr);
  });

  it('shows every metric', () => {
    const shown = PANELS.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join(' ');
    const names = Object.keys({ ...COUNTERS, ...HISTOGRAMS, ...NODE_GAUGES, ...SHARED_GAUGES });
    const told = names.filter((name) => !new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(shown));
    expect(told.toSorted()).toEqual([
      'reelgate_audit_age_seconds',
      'reelgate_build_info',
      'reelgate_database_up',
      'reelgate_disk_free_share',
      'reelgate_disk_low',
      'reelgate_draining',
    ]);
  });
});

describe('the alert rules', () => {
  it('have names of their own', () => {
    expect(new Set(ALERTS.map(({ alert }) => alert)).size).toBe(ALERTS.length);
    expect(new Set(RULES.groups.map(({ name }) => name)).size).toBe(RULES.groups.length);
  });

  it.each(ALERTS.map((rule) => [rule.alert, rule] as const))(
    'ask for what there is, and say what to do: %s',
    (_, rule) => {
      check(rule.expr);
      expect(
        Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
      ).toEqual([]);
      if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[mh]$/);
      expect(['page', 'ticket']).toContain(rule.labels.severity);
      expect(rule.annotations.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(rule.annotations.action).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('the reader of PromQL', () => {
  it.each([
    'rate(reelgate_shed_total)',
    'sum(rate(x[5m])',
    'sum by (a (x)',
    'histogram_quantile(x, 0.5)',
    'nothing_such(x)',
    'x[5m]',
    'x{a=b}',
    'x +',
    'x y',
    'x{a="b"} > ;',
  ])('refuses %s', (text) => {
    expect(() => readPromql(text)).toThrow();
  });

  it('finds metrics and their labels', () => {
    expect(readPromql('sum by (a) (rate(x{b="1", c!~"2"}[5m])) / on (a) y > 3 * 60 and z')).toEqual([
      { metric: 'x', labels: ['b', 'c'] },
      { metric: 'y', labels: [] },
      { metric: 'z', labels: [] },
    ]);
  });
});
