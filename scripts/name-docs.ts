/** The grammar of bundled names, with the data it reads. */

import { SLOTS } from '../src/catalogue/bundled-names.ts';
import type { Token } from '../src/catalogue/bundled-names.ts';
import { findModel, listModels } from '../src/catalogue/index.ts';
import { PINNED_NAMES } from '../src/catalogue/pinned-names.ts';
import type { ModelRow, Pins } from '../src/model/catalogue.ts';
import { code, page, table } from './markdown.ts';

const WORDS: Readonly<Record<keyof Pins, string>> = {
  resolution: 'the resolution',
  audio: 'sound',
  offPeak: 'off-peak hours',
  scene: 'the scene',
  motionLevel: 'the level of motion',
  reference: 'whether inputs are references',
};

export function nameDocs(): string {
  const slots = SLOTS.toReversed();
  return page('Names of models', [
    'A name may carry settings: `family-version[-scene][-reference][-resolution][-ref|-noref][-audio|-mute][-offpeak]`, in this order and in any case of letters. So `kling-3.0-omni-1080p-ref-audio` is Kling 3.0 Omni at 1080p, from references, with sound. A request may repeat what its name says and never contradict it; a name whose model cannot do what it says does not exist, and the answer names the nearest that do. A model’s own name or alias comes first: `kling-lip-sync` is a model.',
    '## What each word fixes',
    table(
      ['slot', 'words', 'fixes'],
      slots.map((tokens, at) => [String(at + 1), words(tokens), fixed(tokens)]),
    ),
    '`-motion-std` and `-motion-pro` also mean 720p and 1080p, unless a resolution is named.',
    '## Names that stand for a model with settings',
    table(
      ['name', 'means'],
      PINNED_NAMES.map(({ name, base, pins }) => [code(name), `${code(base)} with ${pinText(pins)}`]),
    ),
    '## What each model’s name can carry',
    'One word each; several go together as far as the model can do them at once.',
    table(
      ['model', 'words'],
      listModels().map((row) => [code(row.id), carried(row)]),
    ),
  ]);
}

function words(tokens: readonly Token[]): string {
  return tokens.map(({ suffix }) => code(suffix)).join(' ');
}

function fixed(tokens: readonly Token[]): string {
  const keys = new Set(tokens.flatMap(({ pins }) => Object.keys(pins) as (keyof Pins)[]));
  return [...keys].map((key) => WORDS[key]).join(', ');
}

function pinText(pins: Pins): string {
  return Object.entries(pins)
    .map(([key, value]) => {
      if (key === 'reference') return value === true ? 'references' : 'frames or text only';
      return String(value);
    })
    .join(', ');
}

function carried(row: ModelRow): string {
  return SLOTS.toReversed()
    .flat()
    .filter(({ suffix }) => findModel(`${row.id}${suffix}`)?.row === row)
    .map(({ suffix }) => code(suffix))
    .join(' ');
}
