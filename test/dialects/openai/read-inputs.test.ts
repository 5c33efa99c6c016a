/** Where clients of `/v1/videos` put pictures, videos and sound, and what each is read as. */

import { describe, expect, test } from 'vitest';

import type { IncomingFile } from '../../../src/dialects/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { MediaSource } from '../../../src/model/request.ts';
import { create, createForm, faultsOf, file, notesOf, readOf } from './support.ts';
import type { FormFields } from './support.ts';

const URL_1 = 'https://a.example/1.png';
const URL_2 = 'https://a.example/2.png';
const DATA = 'data:image/png;base64,iVBORw0KGgo=';

function shaOf(source: MediaSource): string {
  return source.from === 'upload' ? source.upload.sha256 : '';
}

function shown(read: ReturnType<typeof readOf>): readonly string[] {
  return read.request.inputs.map(({ role, source, param }) => {
    const what =
      source.from === 'url' ? source.url : source.from === 'inline' ? source.text : `upload ${shaOf(source)}`;
    return `${role} ${source.from} ${what} @ ${param}`;
  });
}

function inputs(body: JsonObject): readonly string[] {
  return shown(readOf(create({ model: 'm', ...body })));
}

function formInputs(fields: FormFields, files: readonly IncomingFile[]): readonly string[] {
  return shown(readOf(createForm([['model', 'm'], ...fields], files)));
}

function faults(body: JsonObject): readonly string[] {
  return faultsOf(create({ model: 'm', ...body }));
}

describe('a picture is read from', () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ['image: a URL', { image: URL_1 }, [`image url ${URL_1} @ image`]],
    ['image: base64', { image: 'iVBORw0KGgo=' }, ['image inline iVBORw0KGgo= @ image']],
    ['image: a data URI', { image: DATA }, [`image inline ${DATA} @ image`]],
    ['image: an object', { image: { url: URL_1 } }, [`image url ${URL_1} @ image.url`]],
    ['images', { images: [URL_1, DATA] }, [`image url ${URL_1} @ images[0]`, `image inline ${DATA} @ images[1]`]],
    [
      'images: objects',
      { images: [{ url: URL_1 }, { image_url: URL_2 }] },
      [`image url ${URL_1} @ images[0].url`, `image url ${URL_2} @ images[1].image_url`],
    ],
    [
      'images: chat parts',
      { images: [{ type: 'image_url', image_url: { url: URL_1 } }] },
      [`image url ${URL_1} @ images[0].image_url.url`],
    ],
    ['images: one text', { images: URL_1 }, [`image url ${URL_1} @ images`]],
    ['images: empty texts are skipped', { images: ['', URL_1] }, [`image url ${URL_1} @ images[1]`]],
    ['input_reference: a URL', { input_reference: URL_1 }, [`image url ${URL_1} @ input_reference`]],
    ['input_reference: base64', { input_reference: '/9j/4AAQ' }, ['image inline /9j/4AAQ @ input_reference']],
    ['input_reference: a data URI', { input_reference: DATA }, [`image inline ${DATA} @ input_reference`]],
    [
      'input_reference: a list',
      { input_reference: [URL_1, URL_2] },
      [`image url ${URL_1} @ input_reference[0]`, `image url ${URL_2} @ input_reference[1]`],
    ],
    [
      'input_reference: JSON text of a list',
      { input_reference: `["${URL_1}"]` },
      [`image url ${URL_1} @ input_reference[0]`],
    ],
    [
      'input_reference: an object',
      { input_reference: { image_url: DATA } },
      [`image inline ${DATA} @ input_reference.image_url`],
    ],
    [
      'input_reference: a nested object',
      { input_reference: { image_url: { url: URL_1 } } },
      [`image url ${URL_1} @ input_reference.image_url.url`],
    ],
    [
      'all three, in this order',
      { input_reference: 'AAAA', images: [URL_2], image: URL_1 },
      [`image url ${URL_1} @ image`, `image url ${URL_2} @ images[0]`, 'image inline AAAA @ input_reference'],
    ],
    ['text that is neither, for intake to judge', { image: 'not base64!' }, ['image inline not base64! @ image']],
    [
      'a URL of another scheme, for intake to refuse',
      { image: 'ftp://a.example/x' },
      ['image url ftp://a.example/x @ image'],
    ],
    ['a URL with space around it', { image: ` ${URL_1}\n` }, [`image url ${URL_1} @ image`]],
  ])('%s', (_, body, expected) => {
    expect(inputs(body)).toEqual(expected);
  });

  test('an uploaded file, alone, repeated, or beside a URL', () => {
    expect(formInputs([], [file('input_reference', 'a.png')])).toEqual(['image upload upload aa @ input_reference']);
    expect(
      formInputs([], [file('image', 'a.png', '01'), file('images[]', 'b.png', '02'), file('images[]', 'c.png', '03')]),
    ).toEqual([
      'image upload upload 01 @ image',
      'image upload upload 02 @ images[0]',
      'image upload upload 03 @ images[1]',
    ]);
    expect(formInputs([], [file('images[1]', null, '01')])).toEqual(['image upload upload 01 @ images']);
    expect(formInputs([['input_reference', URL_1]], [file('input_reference', 'a.png')])).toEqual([
      `image url ${URL_1} @ input_reference`,
      'image upload upload aa @ input_reference[1]',
    ]);
  });
});

describe('an input is a video', () => {
  test('where the data URI, the file name or the path of the URL says so', () => {
    expect(inputs({ input_reference: 'data:video/mp4;base64,AAAA' })).toEqual([
      'video inline data:video/mp4;base64,AAAA @ input_reference',
    ]);
    expect(formInputs([], [file('input_reference', 'Motion.MP4')])).toEqual([
      'video upload upload aa @ input_reference',
    ]);
    expect(inputs({ images: ['https://a.example/v.mov?x=1', 'https://a.example/v.png?x=.mp4'] })).toEqual([
      'video url https://a.example/v.mov?x=1 @ images[0]',
      'image url https://a.example/v.png?x=.mp4 @ images[1]',
    ]);
  });

  test('as video_url, in metadata before the top, as text or upload', () => {
    expect(inputs({ metadata: { video_url: 'https://a.example/v' } })).toEqual([
      'video url https://a.example/v @ metadata.video_url',
    ]);
    expect(inputs({ video_url: 'https://a.example/v' })).toEqual(['video url https://a.example/v @ video_url']);
    expect(formInputs([], [file('metadata[video_url]', 'v.mp4')])).toEqual([
      'video upload upload aa @ metadata.video_url',
    ]);
    const both = create({
      model: 'm',
      video_url: 'https://a.example/2',
      metadata: { video_url: 'https://a.example/1' },
    });
    expect(shown(readOf(both))).toEqual(['video url https://a.example/1 @ metadata.video_url']);
    expect(notesOf(both)).toEqual(['overridden video_url']);
  });
});

describe('frames and sound', () => {
  test.each<[JsonObject, readonly string[]]>([
    [{ metadata: { last_frame_url: URL_2 } }, [`last_frame url ${URL_2} @ metadata.last_frame_url`]],
    [{ last_frame_url: URL_2 }, [`last_frame url ${URL_2} @ last_frame_url`]],
    [{ metadata: { LastFrameUrl: URL_2 } }, [`last_frame url ${URL_2} @ metadata.LastFrameUrl`]],
    [{ metadata: { first_frame_url: URL_1 } }, [`first_frame url ${URL_1} @ metadata.first_frame_url`]],
    [
      { image: URL_1, metadata: { last_frame_url: URL_1 } },
      [`image url ${URL_1} @ image`, `last_frame url ${URL_1} @ metadata.last_frame_url`],
    ],
    [{ audio_url: 'https://a.example/s' }, ['audio url https://a.example/s @ audio_url']],
    [{ metadata: { audio_url: 'https://a.example/s' } }, ['audio url https://a.example/s @ metadata.audio_url']],
    [{ sound_file: 'SUQz' }, ['audio inline SUQz @ sound_file']],
  ])('%j', (body, expected) => {
    expect(inputs(body)).toEqual(expected);
    expect(notesOf(create({ model: 'm', ...body }))).toEqual([]);
  });

  test('come as uploads too', () => {
    expect(
      formInputs(
        [],
        [file('sound_file', 's.mp3', '01'), file('last_frame_url', 'l.png', '02'), file('audio', 'x.mp3', '01')],
      ),
    ).toEqual(['last_frame upload upload 02 @ last_frame_url', 'audio upload upload 01 @ sound_file']);
  });
});

describe('the same picture', () => {
  test('in two fields is kept once, with a note', () => {
    const result = create({ model: 'm', image: URL_1, images: [URL_1, URL_2], input_reference: URL_2 });
    expect(shown(readOf(result))).toEqual([`image url ${URL_1} @ image`, `image url ${URL_2} @ images[1]`]);
    expect(readOf(result).notes).toMatchObject([
      { code: 'not_used', param: 'images[0]', because: { en: "it is the same as 'image'" } },
      { code: 'not_used', param: 'input_reference' },
    ]);
  });

  test('as base64 or upload is known too', () => {
    expect(inputs({ image: DATA, input_reference: [DATA] })).toEqual([`image inline ${DATA} @ image`]);
    expect(formInputs([], [file('image', 'a.png', '01'), file('input_reference', 'b.png', '01')])).toEqual([
      'image upload upload 01 @ image',
    ]);
  });

  test('twice in one list is a loop, and both are kept', () => {
    expect(inputs({ images: [URL_1, URL_1] })).toHaveLength(2);
  });
});

describe('an input is refused', () => {
  test.each<[JsonObject, readonly string[]]>([
    [{ image: 5 }, ['wrong_type image']],
    [{ image: true }, ['wrong_type image']],
    [{ images: [URL_1, 5, false] }, ['wrong_type images[1]', 'wrong_type images[2]']],
    [{ images: [[URL_1]] }, ['wrong_type images[0]']],
    [{ images: {} }, ['missing images.image_url']],
    [{ images: Array.from({ length: 65 }, () => URL_1) }, ['too_many images']],
    [{ images: `${'['.repeat(9999)}${']'.repeat(9999)}` }, ['unreadable images']],
    [{ input_reference: {} }, ['missing input_reference.image_url']],
    [{ input_reference: { image_url: 5 } }, ['wrong_type input_reference.image_url']],
    [{ input_reference: { file_id: 'file-1' } }, ['not_supported input_reference.file_id']],
    [{ input_reference: { file_id: 'file-1', image_url: URL_1 } }, ['not_supported input_reference.file_id']],
    [{ input_reference: '[broken' }, ['unreadable input_reference']],
    [{ image: 'https://a.example/\u0000' }, ['unreadable image']],
    [{ metadata: { last_frame_url: [URL_1] } }, ['wrong_type metadata.last_frame_url']],
    [{ metadata: { last_frame_url: 5 } }, ['wrong_type metadata.last_frame_url']],
    [{ metadata: { last_frame_file_id: 'x' } }, ['not_supported metadata.last_frame_file_id']],
    [{ metadata: { video_url: true } }, ['wrong_type metadata.video_url']],
    [{ audio_url: {} }, ['missing audio_url.url']],
  ])('%j', (body, expected) => {
    expect(faults(body)).toEqual(expected);
  });

  test('by file id with a word on how files are sent', () => {
    const result = create({ model: 'm', input_reference: { file_id: 'file-1' } });
    expect(result).toMatchObject({ violations: [{ subject: { en: expect.stringContaining('send them inline') } }] });
  });
});

describe('file_infos', () => {
  const one = (item: Json): JsonObject => ({ metadata: { file_infos: [item] } });

  test.each<[string, Json, string]>([
    ['a picture', { type: 'Url', category: 'Image', url: URL_1 }, `image url ${URL_1} @ metadata.file_infos[0].url`],
    ['a picture without words', { url: URL_1 }, `image url ${URL_1} @ metadata.file_infos[0].url`],
    ['a first frame', { url: URL_1, usage: 'FirstFrame' }, `first_frame url ${URL_1} @ metadata.file_infos[0].url`],
    ['a last frame', { url: URL_1, usage: 'LastFrame' }, `last_frame url ${URL_1} @ metadata.file_infos[0].url`],
    ['a reference', { url: URL_1, usage: 'Reference' }, `reference_image url ${URL_1} @ metadata.file_infos[0].url`],
    [
      'a reference by its type',
      { url: URL_1, reference_type: 'asset' },
      `reference_image url ${URL_1} @ metadata.file_infos[0].url`,
    ],
    [
      'a video',
      { Type: 'Url', Category: 'Video', Url: 'https://a.example/v' },
      'video url https://a.example/v @ metadata.file_infos[0].Url',
    ],
    [
      'a video by its name',
      { url: 'https://a.example/v.mp4' },
      'video url https://a.example/v.mp4 @ metadata.file_infos[0].url',
    ],
    [
      'a reference video',
      { category: 'video', url: 'https://a.example/v', usage: 'reference' },
      'reference_video url https://a.example/v @ metadata.file_infos[0].url',
    ],
    [
      'a feature video',
      { category: 'Video', url: 'https://a.example/v', ReferenceType: 'feature' },
      'reference_video url https://a.example/v @ metadata.file_infos[0].url',
    ],
    [
      'sound',
      { category: 'Audio', url: 'https://a.example/s' },
      'audio url https://a.example/s @ metadata.file_infos[0].url',
    ],
    ['base64', { type: 'Base64', base64: 'AAAA' }, 'image inline AAAA @ metadata.file_infos[0].base64'],
    ['base64 without a type', { Base64: 'AAAA' }, 'image inline AAAA @ metadata.file_infos[0].Base64'],
  ])('with %s', (_, item, expected) => {
    expect(inputs(one(item))).toEqual([expected]);
    expect(notesOf(create({ model: 'm', ...one(item) }))).toEqual([]);
  });

  test.each<[Json, string]>([
    ['text', 'wrong_type metadata.file_infos[0]'],
    [null, 'wrong_type metadata.file_infos[0]'],
    [{}, 'missing metadata.file_infos[0].url'],
    [{ type: 'Url', base64: 'AAAA' }, 'missing metadata.file_infos[0].url'],
    [{ type: 'Base64', url: URL_1 }, 'missing metadata.file_infos[0].base64'],
    [{ type: 'File', url: URL_1 }, 'not_supported metadata.file_infos[0].type'],
    [{ file_id: 'f' }, 'not_supported metadata.file_infos[0].file_id'],
    [{ type: 'Link', url: URL_1 }, 'not_offered metadata.file_infos[0].type'],
    [{ category: 'Text', url: URL_1 }, 'not_offered metadata.file_infos[0].category'],
    [{ usage: 'Middle', url: URL_1 }, 'not_offered metadata.file_infos[0].usage'],
    [{ url: 5 }, 'wrong_type metadata.file_infos[0].url'],
    [{ category: 'Video', url: URL_1, usage: 'FirstFrame' }, 'contradiction metadata.file_infos[0].usage'],
  ])('with %j is refused', (item, expected) => {
    expect(faults(one(item))).toEqual([expected]);
  });

  test('with a fourth item is refused, with three it is not', () => {
    const items = [URL_1, URL_1, URL_1].map((url) => ({ url }));
    expect(faults({ metadata: { file_infos: items } })).toEqual([]);
    const result = create({ model: 'm', metadata: { file_infos: [...items, { url: URL_2 }] } });
    expect(result).toMatchObject({
      violations: [{ code: 'too_many', param: 'metadata.file_infos', value: 4, allowed: { min: 0, max: 3 } }],
    });
  });

  test('of another shape is refused', () => {
    expect(faults({ metadata: { file_infos: 'x' } })).toEqual(['wrong_type metadata.file_infos']);
    expect(faults({ metadata: { file_infos: { url: URL_1 } } })).toEqual(['wrong_type metadata.file_infos']);
  });

  test('with finer words notes what has no effect', () => {
    const item = {
      category: 'Video',
      url: 'https://a.example/v',
      reference_type: 'base',
      keep_original_sound: 'Enabled',
    };
    expect(notesOf(create({ model: 'm', ...one(item) }))).toEqual([
      'not_used metadata.file_infos[0].keep_original_sound',
      'adjusted metadata.file_infos[0].reference_type',
    ]);
  });
});
