/** Reads what `/metrics` prints, as Prometheus does. */

export type Series = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Throws for a line that is none. */
export function readExposition(text: string): readonly Series[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no line of metrics: ${line}`);
    const found = [...labels.matchAll(LABEL)].map(([, label = '', word = '']) => [label, word] as const);
    return [{ name, labels: Object.fromEntries(found), value: value === '+Inf' ? Infinity : Number(value) }];
  });
}

/** The sum of all series of this name that have these labels. */
export function total(series: readonly Series[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return series
    .filter((one) => one.name === name && Object.entries(labels).every(([label, word]) => one.labels[label] === word))
    .reduce((sum, one) => sum + one.value, 0);
}
