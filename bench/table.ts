/** Prints what was measured: each table with its method, each figure with what is aimed at. */

export function title(name: string, method: string): void {
  process.stdout.write(`\n${name}\n  ${method}\n`);
}

/** `aim`: what the figure should be; null where it only tells the order. */
export function row(what: string, figure: string, aim: string | null = null): void {
  process.stdout.write(`  ${what.padEnd(60)} ${figure.padStart(22)}${aim === null ? '' : `   aim: ${aim}`}\n`);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `share` from 0 to 1; 0 of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function ms(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
