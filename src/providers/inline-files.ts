/** Takes files that a vendor writes as base64 into its JSON out of it while it arrives: none is ever held in memory as text. */

/** A file being stored; exactly one of `commit` and `abort` ends it. */
export type FileWriter = {
  write(chunk: Buffer): Promise<void>;
  commit(): Promise<{ readonly sha256: string }>;
  abort(): Promise<void>;
};

/** What may stand between a name and its value. */
const MAX_SPACES = 16;
/** The longest escape of a JSON text. */
const ESCAPE_CHARS = 6;
const ESCAPE = /\\(?:u([0-9a-f]{4})|(.))/gi;
const SPACE_ESCAPES: readonly string[] = ['n', 'r', 't'];

/**
 * The JSON text `body` with the SHA-256 of the stored file in place of the value of each member called one of `names`; an
 * empty value stays empty. Throws where the text ends within such a value.
 */
export async function* takeFilesOut(
  body: AsyncIterable<Buffer>,
  names: readonly string[],
  openFile: () => Promise<FileWriter>,
): AsyncGenerator<Buffer> {
  const opening = new RegExp(`"(?:${names.join('|')})"\\s{0,${MAX_SPACES}}:\\s{0,${MAX_SPACES}}"`);
  const openingChars = Math.max(...names.map((name) => name.length)) + 2 * MAX_SPACES + '"":"'.length;
  let file: Base64File | null = null;
  let rest = '';
  try {
    for await (const chunk of body) {
      // One character for each byte: what is kept is given on as it came.
      rest += chunk.toString('latin1');
      for (let found = nextEnd(rest, file, opening); found !== null; found = nextEnd(rest, file, opening)) {
        const before = rest.slice(0, found);
        rest = rest.slice(found);
        if (file === null) {
          yield Buffer.from(before, 'latin1');
          file = new Base64File(await openFile());
        } else {
          await file.write(before);
          yield Buffer.from(await file.commit(), 'latin1');
          file = null;
        }
      }
      const kept = file === null ? Math.min(rest.length, openingChars) : 0;
      const sure = rest.slice(0, rest.length - kept);
      rest = rest.slice(rest.length - kept);
      if (file === null) yield Buffer.from(sure, 'latin1');
      else await file.write(sure);
    }
    if (file !== null) throw new Error('the answer broke off within a file');
    yield Buffer.from(rest, 'latin1');
  } finally {
    await file?.abort();
  }
}

/** Where the file that is being read ends, or the text before the next one does; null where neither is in sight. */
function nextEnd(text: string, file: Base64File | null, opening: RegExp): number | null {
  if (file !== null) {
    const quote = text.indexOf('"');
    return quote === -1 ? null : quote;
  }
  const found = opening.exec(text);
  return found === null ? null : found.index + found[0].length;
}

/** Base64 in pieces of any length, as JSON writes it. */
class Base64File {
  readonly #writer: FileWriter;
  #rest = '';
  #isEmpty = true;

  constructor(writer: FileWriter) {
    this.#writer = writer;
  }

  async write(piece: string): Promise<void> {
    const text = this.#rest + piece;
    const backslash = text.lastIndexOf('\\');
    const isCut = backslash !== -1 && backslash > text.length - ESCAPE_CHARS;
    const whole = plain(isCut ? text.slice(0, backslash) : text);
    const usable = whole.length - (whole.length % 4);
    this.#rest = whole.slice(usable) + (isCut ? text.slice(backslash) : '');
    await this.#store(whole.slice(0, usable));
  }

  /** The SHA-256 of what was written; empty if nothing was. */
  async commit(): Promise<string> {
    await this.#store(plain(this.#rest));
    if (!this.#isEmpty) return (await this.#writer.commit()).sha256;
    await this.#writer.abort();
    return '';
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
  }

  async #store(base64: string): Promise<void> {
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 0) return;
    this.#isEmpty = false;
    await this.#writer.write(bytes);
  }
}

/** Some vendors escape `/` and `=`, and some break lines. */
function plain(text: string): string {
  const unescaped = text.includes('\\') ? text.replaceAll(ESCAPE, unescape) : text;
  return /\s/.test(unescaped) ? unescaped.replaceAll(/\s+/g, '') : unescaped;
}

function unescape(_all: string, hex: string | undefined, char: string | undefined): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return char === undefined || SPACE_ESCAPES.includes(char) ? '' : char;
}
