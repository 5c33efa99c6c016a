/** What the Vidu dialect documents of its requests. */

import { Type } from 'typebox';
import type { TSchema } from 'typebox';

import type { InputField, Kind } from './kinds.ts';
import { CANONICAL_FIELDS, VENDOR_FIELDS } from './task-fields.ts';

const SOURCE = 'a URL or a data URI';
const pictures = (description: string) => Type.Array(Type.String(), { description: `${description}; each ${SOURCE}` });

const INPUT_SCHEMAS: Readonly<Record<InputField, TSchema>> = {
  images: pictures('Pictures'),
  videos: pictures('Videos'),
  sounds: pictures('Sounds'),
  subjects: Type.Array(
    Type.Object({
      name: Type.Optional(Type.String({ description: 'By which the prompt refers to it, after @' })),
      id: Type.Optional(Type.String({ description: 'Another way to name it' })),
      images: Type.Optional(pictures('Pictures of it')),
      videos: Type.Optional(pictures('Videos of it')),
      voice_id: Type.Optional(Type.String()),
    }),
  ),
  start_image: Type.String({ description: SOURCE }),
  image_settings: Type.Array(
    Type.Object({
      key_image: Type.String({ description: SOURCE }),
      prompt: Type.Optional(Type.String({ description: 'Of the way from the picture before' })),
      duration: Type.Optional(Type.Integer({ minimum: 2, maximum: 7, description: 'Of that way, in seconds' })),
    }),
  ),
  video_url: Type.String({ description: SOURCE }),
  video_creation_id: Type.String({ description: 'The id of a video that was made here; goes before video_url' }),
  audio_url: Type.String({ description: `The speech; ${SOURCE}` }),
  text: Type.String({ description: 'What is to be said, where there is no audio_url' }),
};

/** The one that every request has to have, by kind, is checked when it is read. */
export function schemaOf(kind: Kind): TSchema {
  const fields = { ...CANONICAL_FIELDS, ...VENDOR_FIELDS };
  const own = kind.inputFields.map((name): [string, TSchema] => [name, Type.Optional(INPUT_SCHEMAS[name])]);
  const shared = kind.fields.map((name): [string, TSchema] => {
    const { schema } = fields[name];
    return [name, name === 'model' || kind.required.includes(name) ? schema : Type.Optional(schema)];
  });
  return Type.Object(Object.fromEntries([...own, ...shared]));
}

export const CANCEL_BODY = Type.Object({
  id: Type.Optional(Type.String({ description: 'The id of the address again' })),
});

export const CREDITS_QUERY = Type.Object({ show_detail: Type.Optional(Type.Boolean()) });

const many = (description: string) => Type.Optional(Type.String({ description: `${description}, parted by commas` }));

export const LIST_QUERY = Type.Object({
  'created_at.from': Type.Optional(Type.String({ description: 'A time such as 2026-01-20T06:52:02Z' })),
  'created_at.to': Type.Optional(Type.String({ description: 'A time; not itself included' })),
  task_ids: many('Ids'),
  states: many('created, queueing, processing, success or failed'),
  model_versions: Type.Optional(Type.String({ description: 'The name of one model' })),
  'pager.page': Type.Optional(Type.Integer({ minimum: 0, description: 'Pages before this one' })),
  'pager.pagesz': Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '10 is usual' })),
  'pager.page_token': Type.Optional(Type.String({ description: 'What the page before gave as next_page_token' })),
});
