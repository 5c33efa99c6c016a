// Sets a text in lines: Latin by words, Chinese by characters, with the punctuation rules of both, sized to fit.

export type Measure = (text: string) => number;

export type TextBlock = { readonly lines: readonly string[]; readonly size: number };

export type TextBox = {
  /** In pixels. */
  readonly width: number;
  /** What stands for text that was cut: the one-character ellipsis of a Chinese font hangs too high for Latin. */
  readonly ellipsis: string;
  /** What to try, from the size wanted to the smallest that can be read; sizes in pixels. */
  readonly settings: readonly { readonly size: number; readonly maxLines: number }[];
};

/** May not begin a line. */
const NO_START =
  /^[\s,.;:!?)\]}%°·…‥—–~、。，．；：！？）］｝〕〉》」』】〗〙’”〞％℃ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々]/u;
/** May not end a line. */
const NO_END = /[([{（［｛〔〈《「『【〖‘“〝$￥¥£€#]$/u;
/** Characters between which a line may break anywhere. */
const IDEOGRAPH =
  /[\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u31f0-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[\u{20000}-\u{3ffff}]/u;

/** Longer prompts cannot be shown in a few lines anyway, and laying out more would only cost time. */
const MAX_CHARACTERS = 900;

/** White space collapsed, and code points left out that cannot be drawn: a gap reads better than an empty box. */
export function drawable(text: string, covers: (codePoint: number) => boolean): string {
  const kept = [...text.normalize('NFC').replace(/\s+/gu, ' ')].filter((character) =>
    covers(character.codePointAt(0) ?? 0),
  );
  return kept.join('').replace(/ +/g, ' ').trim();
}

/** `measure` gives the width of a text at size 1. The result fits one of the box's settings; what does not is cut with an ellipsis. */
export function layText(text: string, box: TextBox, measure: Measure): TextBlock {
  const cut = [...text].slice(0, MAX_CHARACTERS).join('');
  const units = breakableUnits(cut);
  for (const { size, maxLines } of box.settings) {
    const lines = fill(units, box.width / size, measure);
    if (lines.length > maxLines || cut !== text) continue;
    return { size, lines: balance(units, lines, box.width / size, measure) };
  }
  const { size, maxLines } = box.settings.at(-1) ?? { size: 12, maxLines: 1 };
  const shown = fill(units, box.width / size, measure).slice(0, maxLines);
  const last = shown.pop() ?? '';
  return { size, lines: [...shown, withEllipsis(last, box.ellipsis, box.width / size, measure)] };
}

/** The smallest pieces a line break may separate; each carries the space that follows it. */
export function breakableUnits(text: string): readonly string[] {
  const units: string[] = [];
  for (const word of text.match(/\S+\s*/gu) ?? []) {
    for (const piece of splitIdeographs(word)) {
      const previous = units.at(-1);
      const glued = previous !== undefined && !/\s$/u.test(previous) && (NO_START.test(piece) || NO_END.test(previous));
      if (glued) units[units.length - 1] = previous + piece;
      else units.push(piece);
    }
  }
  return units;
}

function splitIdeographs(word: string): readonly string[] {
  const pieces: string[] = [];
  for (const character of word) {
    const previous = pieces.at(-1);
    const joins = previous !== undefined && !IDEOGRAPH.test(character) && !IDEOGRAPH.test([...previous].at(-1) ?? '');
    if (previous !== undefined && (joins || /\s/u.test(character))) pieces[pieces.length - 1] = previous + character;
    else pieces.push(character);
  }
  return pieces;
}

function fill(units: readonly string[], width: number, measure: Measure): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const unit of units) {
    if (line === '' || measure((line + unit).trimEnd()) <= width) {
      line += unit;
    } else {
      lines.push(line.trimEnd());
      line = unit;
    }
    if (measure(line.trimEnd()) > width) {
      const parts = chop(line, width, measure);
      lines.push(...parts.slice(0, -1));
      line = parts.at(-1) ?? '';
    }
  }
  if (line.trimEnd() !== '') lines.push(line.trimEnd());
  return lines;
}

/** A single piece wider than the line, such as a long URL, is cut between characters. */
function chop(unit: string, width: number, measure: Measure): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of unit) {
    if (part !== '' && measure((part + character).trimEnd()) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}

const BALANCE_STEPS = 8;

/** The narrowest setting with the same number of lines, so that no single word is left alone on the last one. */
function balance(
  units: readonly string[],
  lines: readonly string[],
  width: number,
  measure: Measure,
): readonly string[] {
  if (lines.length < 2) return lines;
  let best = lines;
  let narrow = width / 2;
  let wide = width;
  for (let step = 0; step < BALANCE_STEPS; step += 1) {
    const middle = (narrow + wide) / 2;
    const attempt = fill(units, middle, measure);
    if (attempt.length <= lines.length) {
      best = attempt;
      wide = middle;
    } else {
      narrow = middle;
    }
  }
  return best;
}

function withEllipsis(line: string, ellipsis: string, width: number, measure: Measure): string {
  const characters = [...line];
  while (characters.length > 0 && measure(characters.join('').trimEnd() + ellipsis) > width) characters.pop();
  return characters.join('').replace(/[\s,.;:，。；：、]+$/u, '') + ellipsis;
}
