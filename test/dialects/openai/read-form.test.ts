/** Multipart bodies of `POST /v1/videos`: whatever the spelling, they say what the same JSON says. */

import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/model/json.ts';
import { create, createForm, faultsOf, readOf } from './support.ts';
import type { FormFields } from './support.ts';

const BASE = { model: 'm', prompt: 'p' } as const;

describe('a form says the same as JSON', () => {
  const forms: readonly (readonly [string, FormFields, JsonObject])[] = [
    [
      'as the openai client sends it',
      [
        ['model', 'm'],
        ['prompt', 'p'],
        ['seconds', '8'],
        ['size', '1280x720'],
        ['input_reference[image_url]', 'https://a.example/1.png'],
      ],
      { ...BASE, seconds: '8', size: '1280x720', input_reference: { image_url: 'https://a.example/1.png' } },
    ],
    [
      'with images[]',
      [
        ['model', 'm'],
        ['images[]', 'https://a.example/1.png'],
        ['images[]', 'https://a.example/2.png'],
      ],
      { model: 'm', images: ['https://a.example/1.png', 'https://a.example/2.png'] },
    ],
    [
      'with images as JSON text',
      [
        ['model', 'm'],
        ['images', '["https://a.example/1.png"]'],
      ],
      { model: 'm', images: ['https://a.example/1.png'] },
    ],
    [
      'with metadata as JSON text',
      [
        ['model', 'm'],
        ['metadata', '{"offpeak":true,"seed":0,"output_config":{"duration":6,"audio_generation":"Disabled"}}'],
      ],
      {
        model: 'm',
        metadata: { offpeak: true, seed: 0, output_config: { duration: 6, audio_generation: 'Disabled' } },
      },
    ],
    [
      'with metadata in brackets',
      [
        ['model', 'm'],
        ['metadata[offpeak]', 'true'],
        ['metadata[seed]', '0'],
        ['metadata[output_config][duration]', '6'],
        ['metadata[output_config][resolution]', '720P'],
      ],
      { model: 'm', metadata: { offpeak: true, seed: 0, output_config: { duration: 6, resolution: '720P' } } },
    ],
    [
      'with output_config as JSON text',
      [
        ['model', 'm'],
        ['metadata[output_config]', '{"duration":6}'],
      ],
      { model: 'm', metadata: { output_config: { duration: 6 } } },
    ],
    [
      'with file_infos in brackets',
      [
        ['model', 'm'],
        ['metadata[file_infos][0][type]', 'Url'],
        ['metadata[file_infos][0][category]', 'Video'],
        ['metadata[file_infos][0][url]', 'https://a.example/v'],
      ],
      { model: 'm', metadata: { file_infos: [{ type: 'Url', category: 'Video', url: 'https://a.example/v' }] } },
    ],
    [
      'with file_infos as JSON text',
      [
        ['model', 'm'],
        ['metadata[file_infos]', '[{"url":"https://a.example/v","category":"Video"}]'],
      ],
      { model: 'm', metadata: { file_infos: [{ url: 'https://a.example/v', category: 'Video' }] } },
    ],
    [
      'with numbers and booleans as text',
      [
        ['model', 'm'],
        ['duration', '5'],
        ['n', '2'],
        ['fps', '30'],
        ['seed', '7'],
        ['watermark', 'false'],
        ['generate_audio', 'true'],
      ],
      { model: 'm', duration: 5, n: 2, fps: 30, seed: 7, watermark: false, generate_audio: true },
    ],
  ];

  test.each(forms)('%s', (_, fields, body) => {
    const form = readOf(createForm(fields));
    const json = readOf(create(body));
    expect(form.request).toEqual(json.request);
    expect(form.params).toEqual(json.params);
    expect(form.notes).toEqual([]);
  });

  test('and is refused for the same faults', () => {
    expect(
      faultsOf(
        createForm([
          ['model', 'm'],
          ['seconds', '5s'],
        ]),
      ),
    ).toEqual(['wrong_type seconds']);
    expect(
      faultsOf(
        createForm([
          ['model', 'm'],
          ['seconds', '5'],
          ['seconds', '6'],
        ]),
      ),
    ).toEqual(['wrong_type seconds']);
    expect(
      faultsOf(
        createForm([
          ['model', 'm'],
          ['n', '1.5'],
        ]),
      ),
    ).toEqual(['wrong_type n']);
    expect(
      faultsOf(
        createForm([
          ['model', 'm'],
          ['metadata', '{"a":'],
        ]),
      ),
    ).toEqual(['wrong_type metadata']);
    expect(
      faultsOf(
        createForm([
          ['model', 'm'],
          ['metadata', `{"a":${'['.repeat(99)}${']'.repeat(99)}}`],
        ]),
      ),
    ).toEqual(['unreadable metadata']);
    expect(faultsOf(createForm([['prompt', 'p']]))).toEqual(['missing model']);
  });
});
