/** The parameters of an address as texts, whatever was sent. */

/** Of a name that is given several times, the last value counts. */
export function texts(values: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, all] of Object.entries(lists(values))) {
    const last = all.at(-1);
    if (last !== undefined) found[name] = last;
  }
  return found;
}

export function lists(values: unknown): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(values ?? {})) {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (name !== '__proto__') found[name] = all.filter((item) => typeof item === 'string');
  }
  return found;
}
