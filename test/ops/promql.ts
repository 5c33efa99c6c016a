/** A reader of PromQL, as much of it as rules and dashboards use: which metrics and labels an expression names, or why it is none. */

export type Selector = { readonly metric: string; readonly labels: readonly string[] };
/** `ranged`: a vector over time, which only functions such as `rate` take. */
type Kind = 'scalar' | 'vector' | 'ranged';

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:s|m|h|d|w)\b)|(\d+(?:\.\d+)?)|([a-zA-Z_:][\w:]*)|("(?:[^"\\]|\\.)*")|(==|!=|>=|<=|=~|!~|[-+*/%^<>=(){}[\],]))/y;
const AGGREGATIONS = new Set(['sum', 'min', 'max', 'avg', 'count', 'topk', 'bottomk', 'quantile']);
const FUNCTIONS: Readonly<Record<string, readonly Kind[]>> = {
  rate: ['ranged'],
  increase: ['ranged'],
  irate: ['ranged'],
  histogram_quantile: ['scalar', 'vector'],
  absent: ['vector'],
  abs: ['vector'],
  clamp_min: ['vector', 'scalar'],
  time: [],
};
/** From the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<=', '<', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];

/** Throws with the place for what cannot be read. */
export function readPromql(text: string): readonly Selector[] {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  readonly #tokens: readonly string[];
  readonly #found: Selector[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  read(): readonly Selector[] {
    if (this.#binary(0) === 'ranged') this.#fail('a range is no result');
    if (this.#at < this.#tokens.length) this.#fail('something follows the end');
    return this.#found;
  }

  #binary(level: number): Kind {
    const words = LEVELS[level];
    if (words === undefined) return this.#unary();
    let kind = this.#binary(level + 1);
    while (words.includes(this.#peek())) {
      this.#next();
      if (['on', 'ignoring'].includes(this.#peek())) this.#labelList();
      const other = this.#binary(level + 1);
      if (kind === 'ranged' || other === 'ranged') this.#fail('a range cannot be reckoned with');
      kind = kind === 'scalar' && other === 'scalar' ? 'scalar' : 'vector';
    }
    return kind;
  }

  #unary(): Kind {
    if (this.#peek() === '-') this.#next();
    const word = this.#next();
    if (word === '(') {
      const kind = this.#binary(0);
      this.#expect(')');
      return kind;
    }
    if (/^\d/.test(word)) return 'scalar';
    if (!/^[a-zA-Z_:]/.test(word)) this.#fail(`'${word}' begins nothing`);
    if (AGGREGATIONS.has(word)) return this.#aggregation(word);
    return this.#peek() === '(' ? this.#call(word) : this.#selector(word);
  }

  #aggregation(word: string): Kind {
    if (['by', 'without'].includes(this.#peek())) this.#labelList();
    const kinds = this.#arguments();
    if (['by', 'without'].includes(this.#peek())) this.#labelList();
    const wanted = ['topk', 'bottomk', 'quantile'].includes(word) ? 'scalar vector' : 'vector';
    if (kinds.join(' ') !== wanted) this.#fail(`${word} takes ${wanted}, not ${kinds.join(' ')}`);
    return 'vector';
  }

  #call(word: string): Kind {
    const wanted = FUNCTIONS[word];
    if (wanted === undefined) return this.#fail(`there is no function ${word}`);
    const kinds = this.#arguments();
    if (kinds.join(' ') !== wanted.join(' ')) this.#fail(`${word} takes ${wanted.join(' ')}, not ${kinds.join(' ')}`);
    return wanted.length === 0 ? 'scalar' : 'vector';
  }

  #arguments(): readonly Kind[] {
    this.#expect('(');
    const kinds: Kind[] = [];
    while (this.#peek() !== ')') {
      kinds.push(this.#binary(0));
      if (this.#peek() === ',') this.#next();
    }
    this.#expect(')');
    return kinds;
  }

  #selector(metric: string): Kind {
    const labels: string[] = [];
    if (this.#peek() === '{') {
      this.#next();
      while (this.#peek() !== '}') {
        labels.push(this.#next());
        if (!['=', '!=', '=~', '!~'].includes(this.#next())) this.#fail('a label needs a comparison');
        if (!this.#next().startsWith('"')) this.#fail('a label is compared with a text');
        if (this.#peek() === ',') this.#next();
      }
      this.#expect('}');
    }
    this.#found.push({ metric, labels });
    if (this.#peek() !== '[') return 'vector';
    this.#next();
    if (!/^\d.*[smhdw]$/.test(this.#next())) this.#fail('a range needs a time');
    this.#expect(']');
    return 'ranged';
  }

  #labelList(): void {
    this.#next();
    this.#expect('(');
    while (this.#peek() !== ')') {
      if (!/^[a-z_]\w*$/i.test(this.#next())) this.#fail('a label was expected');
      if (this.#peek() === ',') this.#next();
    }
    this.#expect(')');
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #next(): string {
    const token = this.#tokens[this.#at] ?? this.#fail('it ends too early');
    this.#at += 1;
    return token;
  }

  #expect(token: string): void {
    if (this.#next() !== token) this.#fail(`'${token}' was expected`);
  }

  #fail(why: string): never {
    throw new Error(`${why}, near token ${this.#at} of: ${this.#text}`);
  }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const source = text.trimEnd();
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < source.length) {
    const from = pattern.lastIndex;
    const found = pattern.exec(source);
    if (found === null) throw new Error(`'${source.slice(from, from + 20)}' is no PromQL, in: ${text}`);
    tokens.push(found[0].trim());
  }
  return tokens;
}
