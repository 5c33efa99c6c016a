/** What tests tell the AI SDK: to ask often, and to download from this machine. */

export const POLL = { intervalMs: 200, timeoutMs: 60_000 } as const;

/** The SDK's own download refuses addresses of this machine. */
export async function downloadPlainly({ url }: { url: URL }): Promise<{ data: Uint8Array; mediaType: string }> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the download answered ${response.status}`);
  const data = new Uint8Array(await response.arrayBuffer());
  return { data, mediaType: response.headers.get('content-type') ?? '' };
}
