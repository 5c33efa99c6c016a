/** Every JSON example for `/v1/videos` in the five documents, sent as printed; only their hosts are ours. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Json } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

type Example = {
  readonly from: string;
  readonly body: string;
  readonly expected:
    | { readonly size: string; readonly seconds: string; readonly quote: string }
    | { readonly refused: { param: string; message: string } };
};

const EXAMPLES: readonly Example[] = [
  {
    from: 'Domestic Video Model Generation: the template of the curl line',
    body: '{"model":"<string>","prompt":"<string>","seconds":{},"duration":123,"size":"<string>","image":"<string>","images":["<string>"],"input_reference":["<string>"],"metadata":{}}',
    expected: { refused: { param: 'seconds', message: "'seconds' must be" } },
  },
  {
    from: 'Domestic Video Model Generation: Request Example (motion control)',
    body: `{
      "model": "Kling-3.0-Omni",
      "prompt": "The camera circles around the building and uses a Hitchcock zoom",
      "seconds": "15",
      "size": "720x1280",
      "metadata": {
        "scene_type": "motion_control",
        "motion_level": "pro",
        "file_infos": [{ "type": "Url", "category": "Video", "url": "https://example.com/motion-ref.mp4" }],
        "output_config": { "duration": 15, "resolution": "720P", "aspect_ratio": "9:16", "audio_generation": "Enabled" }
      }
    }`,
    expected: { size: '720x1280', seconds: '15', quote: '1.89' },
  },
  {
    from: '国产视频模型: 文生视频',
    body: `{
      "model": "Kling-3.0-Omni",
      "prompt": "赛博朋克城市夜景,镜头慢慢推进",
      "seconds": "5",
      "metadata": { "output_config": { "resolution": "720P", "aspect_ratio": "16:9" } }
    }`,
    expected: { size: '1280x720', seconds: '5', quote: '0.42' },
  },
  {
    from: '国产视频模型: 图生视频',
    body: `{
      "model": "viduq3-pro",
      "prompt": "让人物向前走并微笑",
      "image": "https://example.com/character.png",
      "seconds": "5",
      "metadata": { "output_config": { "resolution": "1080P", "aspect_ratio": "9:16" } }
    }`,
    expected: { size: '1080x1920', seconds: '5', quote: '0.80' },
  },
  {
    from: '国产视频模型: 首尾帧生视频 (its own table: a first frame and last_frame_url; the example has no first frame)',
    body: `{
      "model": "Kling-3.0-Omni",
      "prompt": "死寂系统空间中,角色被蓝色面板照亮",
      "seconds": "15",
      "size": "720x1280",
      "metadata": {
        "output_config": { "duration": 15, "resolution": "720P", "aspect_ratio": "9:16", "audio_generation": "Enabled" },
        "last_frame_url": "https://example.com/last-frame.png"
      }
    }`,
    expected: { refused: { param: 'metadata.last_frame_url', message: "needs a first frame as well ('image')" } },
  },
  {
    from: '国产视频模型: 动作控制 (its own rule: motion_control must have a reference video)',
    body: `{
      "model": "Kling-3.0-Omni",
      "prompt": "人物挥手打招呼",
      "image": "https://example.com/character.png",
      "seconds": "5",
      "metadata": {
        "scene_type": "motion_control",
        "motion_level": "pro",
        "output_config": { "resolution": "1080P", "aspect_ratio": "16:9" }
      }
    }`,
    expected: {
      refused: {
        param: 'metadata.scene_type',
        message: "needs a reference video with the motion ('metadata.video_url')",
      },
    },
  },
];

let reelgate: TestReelgate;
let media: MediaServer;

beforeAll(async () => {
  media = await serveMedia({
    '/motion-ref.mp4': { type: 'video/mp4', bytes: await smallClip() },
    '/character.png': { type: 'image/png', bytes: picture(720, 1280) },
    '/last-frame.png': { type: 'image/png', bytes: picture(720, 1280, 1) },
  });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: media.host });
});
afterAll(async () => {
  await reelgate.stop();
  await media.close();
});

function create(text: string): ReturnType<TestReelgate['ask']> {
  return reelgate.ask('POST', '/v1/videos', {
    body: JSON.parse(text.replaceAll('https://example.com', media.base)) as Json,
  });
}

describe('the example', () => {
  it.each(EXAMPLES)('$from', async ({ body, expected }) => {
    const answer = await create(body);
    if ('refused' in expected) {
      expect(answer.status).toBe(400);
      const error = objectOf(objectOf(answer.body)['error'] ?? null);
      expect(error).toMatchObject({ type: 'invalid_request_error', param: expected.refused.param });
      expect(error['message']).toContain(expected.refused.message);
      return;
    }
    expect(answer.body).toMatchObject({ object: 'video', size: expected.size, seconds: expected.seconds });
    expect(answer.body).toMatchObject({ cost: { quote: expected.quote, hold: '0.00', test: true } });
    const id = String(objectOf(answer.body)['id']);
    expect((await reelgate.ask('DELETE', `/v1/videos/${id}`)).status).toBe(200);
  });

  it('of the quick start becomes a video', async () => {
    const [, , text] = EXAMPLES;
    const answer = await create(text?.body ?? '');
    const video = await reelgate.ended(String(objectOf(answer.body)['id']));
    expect(video).toMatchObject({ status: 'completed', metadata: { width: 1280, height: 720, duration: 5 } });
  });
});
