/** The requests that benches send. */

/** Served by the bench's vendor; the catalogue expects three minutes of it, so that nothing is looked at while creates are measured. */
export const MODEL = 'OS-2.0';

export function jsonHeaders(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
}

export function createBody(model: string, prompt: string): string {
  return JSON.stringify({ model, prompt, seconds: '4', size: '1280x720' });
}
