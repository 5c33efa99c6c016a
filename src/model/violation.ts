/** What is wrong with a request (violations) and what was not used of it (notes), as data with words in two languages. */

import type { Json } from './json.ts';

export type Language = 'en' | 'zh';

/** What would have been right: a list, a range (inclusive), or nothing to list. */
export type Allowed =
  | { readonly values: readonly Json[] }
  | { readonly min: number; readonly max: number; readonly unit?: string }
  | null;

export type ViolationCode =
  | 'missing'
  | 'wrong_type'
  | 'not_offered'
  | 'out_of_range'
  | 'too_long'
  | 'too_many'
  | 'too_few'
  | 'unknown_model'
  | 'not_supported'
  | 'needs'
  | 'contradiction'
  | 'unreadable'
  | 'not_allowed_url'
  | 'unreachable'
  | 'too_large'
  | 'wrong_media'
  | 'rule';

/**
 * One fault of a request. `param` is the client's own spelling; `value` is what was given (shortened), null if absent;
 * `subject` names the other party where there is one (the model, the missing companion field, the reason of a rule).
 */
export type Violation = {
  readonly code: ViolationCode;
  readonly param: string;
  readonly value: Json;
  readonly allowed: Allowed;
  readonly subject?: Readonly<Record<Language, string>>;
};

export type NoteCode = 'unknown_field' | 'not_used' | 'overridden' | 'adjusted';

/** Something the client said that had no effect, and why. */
export type Note = {
  readonly code: NoteCode;
  readonly param: string;
  readonly because: Readonly<Record<Language, string>>;
};

export function note(code: NoteCode, param: string, en: string, zh: string): Note {
  return { code, param, because: { en, zh } };
}

const MAX_VALUE_CHARS = 80;

/** `value` made short enough to repeat in an error message. */
export function shown(value: Json | undefined): Json {
  if (value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= MAX_VALUE_CHARS) return value;
  return `${text.slice(0, MAX_VALUE_CHARS)}…`;
}

export function violation(
  code: ViolationCode,
  param: string,
  value: Json | undefined,
  allowed: Allowed = null,
  subject?: Readonly<Record<Language, string>>,
): Violation {
  const base = { code, param, value: shown(value), allowed };
  return subject === undefined ? base : { ...base, subject };
}

type Words = (parts: { param: string; value: string; allowed: string; subject: string }) => string;

const EN: Readonly<Record<ViolationCode, Words>> = {
  missing: ({ param, subject }) => `'${param}' is required${subject === '' ? '' : ` ${subject}`}.`,
  wrong_type: ({ param, value, allowed }) => `'${param}' must be ${allowed}, but it is ${value}.`,
  not_offered: ({ param, value, allowed, subject }) =>
    `'${param}' is ${value}, which ${subject === '' ? 'this model' : subject} does not offer. Allowed: ${allowed}.`,
  out_of_range: ({ param, value, allowed }) => `'${param}' is ${value}, outside the allowed range: ${allowed}.`,
  too_long: ({ param, allowed, subject }) => `'${param}' is too long (${subject}). Allowed: ${allowed}.`,
  too_many: ({ param, value, allowed }) => `'${param}' has too many items (${value}). Allowed: ${allowed}.`,
  too_few: ({ param, value, allowed }) => `'${param}' has too few items (${value}). Allowed: ${allowed}.`,
  unknown_model: ({ value, allowed }) =>
    `The model ${value} does not exist.${allowed === '' ? '' : ` The nearest names are: ${allowed}.`}`,
  not_supported: ({ param, subject }) => `'${param}' cannot be used: ${subject}.`,
  needs: ({ param, subject }) => `'${param}' needs ${subject}.`,
  contradiction: ({ param, value, subject }) => `'${param}' is ${value}, but ${subject}.`,
  unreadable: ({ param, subject }) => `'${param}' cannot be read: ${subject}.`,
  not_allowed_url: ({ param, subject }) => `The URL in '${param}' is not allowed: ${subject}.`,
  unreachable: ({ param, subject }) => `The URL in '${param}' could not be fetched: ${subject}.`,
  too_large: ({ param, allowed, subject }) =>
    `'${param}' is too large${subject === '' ? '' : ` (${subject})`}. Allowed: ${allowed}.`,
  wrong_media: ({ param, value, allowed }) => `'${param}' is ${value}. Allowed: ${allowed}.`,
  rule: ({ param, subject }) => `'${param}': ${subject}.`,
};

const ZH: Readonly<Record<ViolationCode, Words>> = {
  missing: ({ param, subject }) => `缺少必填字段“${param}”${subject === '' ? '' : `(${subject})`}。`,
  wrong_type: ({ param, value, allowed, subject }) =>
    `字段“${param}”应为 ${subject === '' ? allowed : subject},收到的是 ${value}。`,
  not_offered: ({ param, value, allowed }) => `字段“${param}”的值 ${value} 不受该模型支持。可选:${allowed}。`,
  out_of_range: ({ param, value, allowed }) => `字段“${param}”的值 ${value} 超出允许范围:${allowed}。`,
  too_long: ({ param, allowed, subject }) => `字段“${param}”过长(${subject})。允许:${allowed}。`,
  too_many: ({ param, value, allowed }) => `字段“${param}”的数量过多(${value})。允许:${allowed}。`,
  too_few: ({ param, value, allowed }) => `字段“${param}”的数量过少(${value})。允许:${allowed}。`,
  unknown_model: ({ value, allowed }) => `模型 ${value} 不存在。${allowed === '' ? '' : `相近的名称:${allowed}。`}`,
  not_supported: ({ param, subject }) => `字段“${param}”不可用:${subject}。`,
  needs: ({ param, subject }) => `字段“${param}”需要 ${subject}。`,
  contradiction: ({ param, value, subject }) => `字段“${param}”的值为 ${value},但${subject}。`,
  unreadable: ({ param, subject }) => `字段“${param}”无法读取:${subject}。`,
  not_allowed_url: ({ param, subject }) => `字段“${param}”中的网址不被允许:${subject}。`,
  unreachable: ({ param, subject }) => `字段“${param}”中的网址无法获取:${subject}。`,
  too_large: ({ param, allowed, subject }) =>
    `字段“${param}”过大${subject === '' ? '' : `(${subject})`}。允许:${allowed}。`,
  wrong_media: ({ param, value, allowed }) => `字段“${param}”的内容是 ${value}。允许:${allowed}。`,
  rule: ({ param, subject }) => `字段“${param}”:${subject}。`,
};

/** The sentence that tells a client what is wrong with which field and what is allowed instead. */
export function violationMessage(fault: Violation, language: Language): string {
  const words = language === 'zh' ? ZH[fault.code] : EN[fault.code];
  return words({
    param: fault.param,
    value: valueText(fault.value, language),
    allowed: allowedText(fault.allowed, language),
    subject: fault.subject?.[language] ?? '',
  });
}

function valueText(value: Json, language: Language): string {
  if (value === null) return language === 'zh' ? '空' : 'absent';
  return JSON.stringify(value);
}

function allowedText(allowed: Allowed, language: Language): string {
  if (allowed === null) return '';
  if ('values' in allowed)
    return allowed.values.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ');
  const unit = allowed.unit === undefined ? '' : ` ${allowed.unit}`;
  if (allowed.min === allowed.max) return `${allowed.min}${unit}`;
  return language === 'zh' ? `${allowed.min} 至 ${allowed.max}${unit}` : `${allowed.min} to ${allowed.max}${unit}`;
}
