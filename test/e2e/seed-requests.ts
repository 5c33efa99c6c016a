/** Every request that the five documents print, character by character; only placeholders are filled in by the test. */

export type SeedRequest = {
  /** The document's file name, and the heading above the request. */
  readonly file: string;
  readonly heading: string;
  readonly route: `POST /${string}`;
  readonly body: string;
  /** What stands for placeholders such as `<string>`, one after the other. */
  readonly fill?: readonly (readonly [placeholder: string, value: string])[];
  /** The finished video, or the document's own reason why there is none. */
  readonly ends:
    | { readonly video: { readonly width: number; readonly height: number; readonly seconds: number } }
    | { readonly refused: string };
};

const PICTURE = '"https://example.com/filled-in.png"';

export const SEED_REQUESTS: readonly SeedRequest[] = [
  {
    file: '000_77758d6a3ba6f247.txt',
    heading: 'the template of the curl line, as printed',
    route: 'POST /v1/videos',
    body: `{
  "model": "<string>",
  "prompt": "<string>",
  "seconds": {},
  "duration": 123,
  "size": "<string>",
  "image": "<string>",
  "images": [
    "<string>"
  ],
  "input_reference": [
    "<string>"
  ],
  "metadata": {}
}`,
    ends: { refused: "'seconds' must be" },
  },
  {
    file: '000_77758d6a3ba6f247.txt',
    heading: 'the template of the curl line, filled in',
    route: 'POST /v1/videos',
    body: `{
  "model": "<string>",
  "prompt": "<string>",
  "seconds": {},
  "duration": 123,
  "size": "<string>",
  "image": "<string>",
  "images": [
    "<string>"
  ],
  "input_reference": [
    "<string>"
  ],
  "metadata": {}
}`,
    fill: [
      ['"<string>"', '"Kling-3.0-Omni"'],
      ['"<string>"', '"a paper boat"'],
      ['{}', '"3"'],
      ['123', '3'],
      ['"<string>"', '"1280x720"'],
      ['"<string>"', PICTURE],
      ['"<string>"', PICTURE],
      ['"<string>"', PICTURE],
    ],
    ends: { video: { width: 720, height: 720, seconds: 3 } },
  },
  {
    file: '000_77758d6a3ba6f247.txt',
    heading: 'Request Example',
    route: 'POST /v1/videos',
    body: `{
    "model": "Kling-3.0-Omni",
    "prompt": "The camera circles around the building and uses a Hitchcock zoom",
    "seconds": "15",
    "size": "720x1280",
    "metadata": {
      "scene_type": "motion_control",
      "motion_level": "pro",
      "file_infos": [
        {
          "type": "Url",
          "category": "Video",
          "url": "https://example.com/motion-ref.mp4"
        }
      ],
      "output_config": {
        "duration": 15,
        "resolution": "720P",
        "aspect_ratio": "9:16",
        "audio_generation": "Enabled"
      }
    }
  }`,
    ends: { video: { width: 720, height: 1280, seconds: 15 } },
  },
  {
    file: '001_332640b8b020d1bd.txt',
    heading: 'the template of the curl line, as printed',
    route: 'POST /v1/video/create',
    body: `{
  "images": [
    {}
  ],
  "model": "<string>",
  "orientation": "<string>",
  "prompt": "<string>",
  "size": "<string>",
  "duration": 123,
  "aspect_ratio": "<string>",
  "enable_upsample": true
}`,
    ends: { refused: "'images[0]' must be" },
  },
  {
    file: '001_332640b8b020d1bd.txt',
    heading: 'the template of the curl line, filled in',
    route: 'POST /v1/video/create',
    body: `{
  "images": [
    {}
  ],
  "model": "<string>",
  "orientation": "<string>",
  "prompt": "<string>",
  "size": "<string>",
  "duration": 123,
  "aspect_ratio": "<string>",
  "enable_upsample": true
}`,
    fill: [
      ['{}', PICTURE],
      ['"<string>"', '"viduq2-turbo"'],
      ['"<string>"', '"landscape"'],
      ['"<string>"', '"a paper boat"'],
      ['"<string>"', '"1280x720"'],
      ['123', '1'],
      ['"<string>"', '"16:9"'],
    ],
    ends: { video: { width: 1080, height: 1080, seconds: 1 } },
  },
  {
    file: '001_332640b8b020d1bd.txt',
    heading: '请求示例',
    route: 'POST /v1/video/create',
    body: `{
    "prompt": "牛飞上天了",
    "model": "veo3.1-fast-components",
    "images": [
      "https://example.com/frame-1.png",
      "https://example.com/frame-2.png"
    ],
    "orientation": "landscape",
    "size": "1280x720",
    "duration": 8,
    "aspect_ratio": "16:9",
    "enable_upsample": false
  }`,
    ends: { video: { width: 1280, height: 720, seconds: 8 } },
  },
  {
    file: '002_dac9ac32e154a96c.txt',
    heading: 'Kling AI Example',
    route: 'POST /v1/video/generations',
    body: `{
"model": "kling-v1",
"prompt": "一个穿着宇航服的宇航员在月球上行走, 高品质, 电影级",
"size": "1920x1080",
"image": "https://h2.inkwai.com/bs2/upload-ylab-stunt/se/ai_portal_queue_mmu_image_upscale_aiweb/3214b798-e1b4-4b00-b7af-72b5b0417420_raw_image_0.jpg",
"duration": 5,
"metadata": {
"seed": 20231234,
"negative_prompt": "模糊",
"image_tail": "https://h1.inkwai.com/bs2/upload-ylab-stunt/1fa0ac67d8ce6cd55b50d68b967b3a59.png"
}
}`,
    ends: { video: { width: 1080, height: 1080, seconds: 5 } },
  },
  {
    file: '002_dac9ac32e154a96c.txt',
    heading: 'Jimeng AI Example',
    route: 'POST /v1/video/generations',
    body: `{
"model": "jimeng_vgfm_t2v_l20",
"prompt": "一个穿着宇航服的宇航员在月球上行走",
"image": "https://h2.inkwai.com/bs2/upload-ylab-stunt/se/ai_portal_queue_mmu_image_upscale_aiweb/3214b798-e1b4-4b00-b7af-72b5b0417420_raw_image_0.jpg",
"metadata": {
"req_key": "jimeng_vgfm_i2v_l20",
"image_urls": [
"https://h2.inkwai.com/bs2/upload-ylab-stunt/se/ai_portal_queue_mmu_image_upscale_aiweb/3214b798-e1b4-4b00-b7af-72b5b0417420_raw_image_0.jpg"
],
"aspect_ratio": "16:9"
}
}`,
    ends: { video: { width: 720, height: 720, seconds: 5 } },
  },
  {
    file: '002_dac9ac32e154a96c.txt',
    heading: 'Vidu Channel Example',
    route: 'POST /v1/video/generations',
    body: `{
"model": "viduq1",
"prompt": "一个穿着宇航服的宇航员在月球上行走, 高品质, 电影级",
"size": "1920x1080",
"image": "https://prod-ss-images.s3.cn-northwest-1.amazonaws.com.cn/vidu-maas/template/image2video.png",
"duration": 5,
"metadata": {
"duration": 5,
"seed": 0,
"resolution": "1080p",
"movement_amplitude": "auto",
"bgm": false,
"payload": "",
"callback_url": "https://your-callback-url.com/webhook"
}
}`,
    ends: { video: { width: 1080, height: 1080, seconds: 5 } },
  },
  {
    file: '003_6e5d2bb92bc4e5af.txt',
    heading: '文生视频',
    route: 'POST /v1/video/generations',
    body: `{
"model": "viduq3p-720p",
"prompt": "电影感航拍镜头,日出时分掠过未来海滨城市,光线柔和,镜头缓慢推进。",
"aspect_ratio": "16:9",
"duration": 5,
"extra_body": {
"audio": false,
"seed": 42,
"bgm": false
}
}`,
    ends: { video: { width: 1280, height: 720, seconds: 5 } },
  },
  {
    file: '003_6e5d2bb92bc4e5af.txt',
    heading: '单图生视频',
    route: 'POST /v1/video/generations',
    body: `{
"model": "viduq3t-540p",
"prompt": "人物缓慢抬头并看向镜头,动作自然,镜头轻微前推。",
"image": "https://example.com/source.png",
"duration": 5,
"extra_body": {
"seed": 42
}
}`,
    ends: { video: { width: 540, height: 540, seconds: 5 } },
  },
  {
    file: '003_6e5d2bb92bc4e5af.txt',
    heading: '首尾帧生视频',
    route: 'POST /v1/video/generations',
    body: `{
"model": "viduq3p-1080p-offpeak",
"prompt": "人物从正面自然转向侧面,身份保持稳定,动作连贯。",
"image": "https://example.com/head.png",
"last_image": "https://example.com/tail.png",
"duration": 6
}`,
    ends: { video: { width: 1080, height: 1080, seconds: 6 } },
  },
  {
    file: '003_6e5d2bb92bc4e5af.txt',
    heading: '参考图生视频',
    route: 'POST /v1/video/generations',
    body: `{
"model": "viduq3p-mix-720p",
"prompt": "A @Image1 walking through a beach in the visual style of @Image2",
"reference_image_urls": [
"https://example.com/ref-1.png",
"https://example.com/ref-2.png"
],
"aspect_ratio": "16:9",
"duration": 5,
"extra_body": {
"audio": false,
"seed": 42
}
}`,
    ends: { video: { width: 1280, height: 720, seconds: 5 } },
  },
  {
    file: '004_2f8cd198b624d22a.txt',
    heading: '文生视频',
    route: 'POST /v1/videos',
    body: `{
"model": "Kling-3.0-Omni",
"prompt": "赛博朋克城市夜景,镜头慢慢推进",
"seconds": "5",
"metadata": {
"output_config": {
"resolution": "720P",
"aspect_ratio": "16:9"
}
}
}`,
    ends: { video: { width: 1280, height: 720, seconds: 5 } },
  },
  {
    file: '004_2f8cd198b624d22a.txt',
    heading: '图生视频',
    route: 'POST /v1/videos',
    body: `{
"model": "viduq3-pro",
"prompt": "让人物向前走并微笑",
"image": "https://example.com/character.png",
"seconds": "5",
"metadata": {
"output_config": {
"resolution": "1080P",
"aspect_ratio": "9:16"
}
}
}`,
    ends: { video: { width: 1080, height: 1080, seconds: 5 } },
  },
  {
    file: '004_2f8cd198b624d22a.txt',
    heading: '首尾帧生视频',
    route: 'POST /v1/videos',
    body: `{
"model": "Kling-3.0-Omni",
"prompt": "死寂系统空间中,角色被蓝色面板照亮",
"seconds": "15",
"size": "720x1280",
"metadata": {
"output_config": {
"duration": 15,
"resolution": "720P",
"aspect_ratio": "9:16",
"audio_generation": "Enabled"
},
"last_frame_url": "https://example.com/last-frame.png"
}
}`,
    ends: { refused: "needs a first frame as well ('image')" },
  },
  {
    file: '004_2f8cd198b624d22a.txt',
    heading: '动作控制',
    route: 'POST /v1/videos',
    body: `{
"model": "Kling-3.0-Omni",
"prompt": "人物挥手打招呼",
"image": "https://example.com/character.png",
"seconds": "5",
"metadata": {
"scene_type": "motion_control",
"motion_level": "pro",
"output_config": {
"resolution": "1080P",
"aspect_ratio": "16:9"
}
}
}`,
    ends: { refused: "needs a reference video with the motion ('metadata.video_url')" },
  },
];
