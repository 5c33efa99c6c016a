/** Every example of the published pages for `POST /v1/videos`, as it is read. */

import { describe, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/model/json.ts';
import { create, faultsOf, notesOf, readOf, said } from './support.ts';

function picture(url: string, param: string, role: string = 'image'): JsonObject {
  return { role, source: { from: 'url', url }, param };
}

describe('each example of the published pages is read as', () => {
  test('motion control with a video among the file_infos', () => {
    const result = create({
      model: 'Kling-3.0-Omni',
      prompt: 'The camera circles around the building and uses a Hitchcock zoom',
      seconds: '15',
      size: '720x1280',
      metadata: {
        scene_type: 'motion_control',
        motion_level: 'pro',
        file_infos: [{ type: 'Url', category: 'Video', url: 'https://example.com/motion-ref.mp4' }],
        output_config: { duration: 15, resolution: '720P', aspect_ratio: '9:16', audio_generation: 'Enabled' },
      },
    });
    expect(said(readOf(result))).toEqual({
      model: 'Kling-3.0-Omni',
      prompt: 'The camera circles around the building and uses a Hitchcock zoom',
      inputs: [picture('https://example.com/motion-ref.mp4', 'metadata.file_infos[0].url', 'video')],
      scene: 'motion_control',
      seconds: 15,
      resolution: '720p',
      ratio: '9:16',
      size: { width: 720, height: 1280 },
      audio: true,
      motionLevel: 'pro',
    });
    expect(readOf(result).params).toEqual({
      model: 'model',
      prompt: 'prompt',
      inputs: 'metadata.file_infos[0].url',
      scene: 'metadata.scene_type',
      seconds: 'seconds',
      resolution: 'metadata.output_config.resolution',
      ratio: 'metadata.output_config.aspect_ratio',
      size: 'size',
      audio: 'metadata.output_config.audio_generation',
      motionLevel: 'metadata.motion_level',
    });
    expect(notesOf(result)).toEqual([]);
  });

  test('the template of the page, refused for the placeholder of its seconds', () => {
    const template = {
      model: '<string>',
      prompt: '<string>',
      seconds: {},
      duration: 123,
      size: '<string>',
      image: '<string>',
      images: ['<string>'],
      input_reference: ['<string>'],
      metadata: {},
    };
    expect(faultsOf(create(template))).toEqual(['wrong_type seconds', 'wrong_type size']);
  });

  test('text to video', () => {
    const result = create({
      model: 'Kling-3.0-Omni',
      prompt: '赛博朋克城市夜景,镜头慢慢推进',
      seconds: '5',
      metadata: { output_config: { resolution: '720P', aspect_ratio: '16:9' } },
    });
    expect(said(readOf(result))).toEqual({
      model: 'Kling-3.0-Omni',
      prompt: '赛博朋克城市夜景,镜头慢慢推进',
      seconds: 5,
      resolution: '720p',
      ratio: '16:9',
    });
    expect(notesOf(result)).toEqual([]);
  });

  test('image to video', () => {
    const result = create({
      model: 'viduq3-pro',
      prompt: '让人物向前走并微笑',
      image: 'https://example.com/character.png',
      seconds: '5',
      metadata: { output_config: { resolution: '1080P', aspect_ratio: '9:16' } },
    });
    expect(said(readOf(result))).toEqual({
      model: 'viduq3-pro',
      prompt: '让人物向前走并微笑',
      inputs: [picture('https://example.com/character.png', 'image')],
      seconds: 5,
      resolution: '1080p',
      ratio: '9:16',
    });
  });

  test('a last frame', () => {
    const result = create({
      model: 'Kling-3.0-Omni',
      prompt: '死寂系统空间中,角色被蓝色面板照亮',
      seconds: '15',
      size: '720x1280',
      metadata: {
        output_config: { duration: 15, resolution: '720P', aspect_ratio: '9:16', audio_generation: 'Enabled' },
        last_frame_url: 'https://example.com/last-frame.png',
      },
    });
    expect(said(readOf(result))).toEqual({
      model: 'Kling-3.0-Omni',
      prompt: '死寂系统空间中,角色被蓝色面板照亮',
      inputs: [picture('https://example.com/last-frame.png', 'metadata.last_frame_url', 'last_frame')],
      seconds: 15,
      resolution: '720p',
      ratio: '9:16',
      size: { width: 720, height: 1280 },
      audio: true,
    });
  });

  test('motion control with a picture only', () => {
    const result = create({
      model: 'Kling-3.0-Omni',
      prompt: '人物挥手打招呼',
      image: 'https://example.com/character.png',
      seconds: '5',
      metadata: {
        scene_type: 'motion_control',
        motion_level: 'pro',
        output_config: { resolution: '1080P', aspect_ratio: '16:9' },
      },
    });
    expect(said(readOf(result))).toEqual({
      model: 'Kling-3.0-Omni',
      prompt: '人物挥手打招呼',
      inputs: [picture('https://example.com/character.png', 'image')],
      scene: 'motion_control',
      seconds: 5,
      resolution: '1080p',
      ratio: '16:9',
      motionLevel: 'pro',
    });
  });
});
