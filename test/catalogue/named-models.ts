/** Every name of a video model that the vendors' pages, their SDKs and the resellers' pages use, by where it stands. */

const words = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(' '));

export const NAMED: Readonly<Record<string, readonly string[]>> = {
  'resellers’ pages of their OpenAI-like video API': words(
    'Kling-3.0-Omni Kling-2.6 Kling-2.5 viduq3-pro viduq2 viduq1 jimeng-video-3.0 jimeng-video-2.0',
    'vidu-q2-pro-reference-1080p-offpeak kling-3.0-omni-1080p-ref-audio kling-2.6-motion-pro-1080p kling-avatar-720p',
    'sv-1.5-pro-1080p-audio Vidu-q2 Vidu-q2-pro Vidu-q2-turbo Vidu-q3-pro Vidu-q3-turbo Vidu-template',
    'Kling-1.6 Kling-2.0 Kling-2.1 Kling-3.0 Kling-O1 Hunyuan-1.5 Mingmou-1.0 OS-2.0 GV-3.1 GV-3.1-fast',
    'Hailuo-02 Hailuo-2.3 Hailuo-2.3-fast Hailuo-H3 SV-1.5-pro SV-1.0-pro SV-1.0-pro-fast SV-1.0-lite JV-3.0-pro',
    'Vidu-q3 Vidu-q3-mix Kling-3.0-1080p Kling-3.0-omni-1080p Vidu-q2-720p Vidu-q2-turbo-720p vidu-q3-pro-720p',
    'Hailuo-2.3-fast-768p GV-3.1-1080p OS-2.0-720p hailuo-2.3-fast-1080p kling-lip-sync',
    ...['720p', '1080p'].flatMap((label) =>
      ['noref-audio', 'noref-mute', 'ref-audio', 'ref-mute'].map((end) => `kling-3.0-omni-${label}-${end}`),
    ),
    'kling-identify-face',
  ),
  'the pages of /v1/video/generations': words(
    'kling-v1 jimeng_vgfm_t2v_l20 jimeng_vgfm_i2v_l20 viduq1',
    'viduq3p-540p viduq3p-720p viduq3p-1080p viduq3t-540p viduq3t-720p viduq3t-1080p',
    'viduq3p-1080p-offpeak viduq3p-mix-720p viduq3p-mix-1080p viduq3t-720p-offpeak',
  ),
  'the pages of /v1/video/create': words(
    'veo2 veo2-fast veo2-fast-frames veo2-pro veo2-fast-components veo2-pro-components',
    'veo3 veo3-fast veo3-pro veo3-frames veo3-fast-frames veo3-pro-frames veo3.1 veo3.1-fast veo3.1-pro',
    'veo3.1-components veo3.1-fast-components veo3.1-4k veo3.1-pro-4k veo3.1-components-4k',
    'veo_3_1 veo_3_1-fast veo_3_1-components veo_3_1-fast-4K veo_3_1-fast-components-4K veo_3_1-fast-fl',
    'sora-2 sora-2-pro sora2-portrait-12s sora_video2-landscape-15s grok-video-3 grok-video-3-10s',
  ),
  'the Kling API reference': words(
    'kling-v1 kling-v1-5 kling-v1-6 kling-v2-master kling-v2-1 kling-v2-1-master kling-v2-5-turbo kling-v2-6 kling-v3',
    'kling-video-o1 kling-v3-omni kling-3.0-turbo kling-3.0 kling-3.0-omni kling-o1 kling-2.6 kling-2.5-turbo kling-4.0',
  ),
  'the Vidu API reference': words(
    'viduq3-pro viduq3-turbo viduq3-pro-fast viduq3 viduq3-mix viduq2 viduq2-pro viduq2-turbo viduq2-pro-fast',
    'viduq1 viduq1-classic vidu2.0 vidu1.5 vidu1.0 audio1.0',
  ),
  'the pages of Volcengine’s visual API': words(
    'jimeng_t2v_v30 jimeng_t2v_v30_1080p jimeng_i2v_first_v30 jimeng_i2v_first_v30_1080 jimeng_i2v_first_tail_v30',
    'jimeng_i2v_first_tail_v30_1080 jimeng_i2v_recamera_v30 jimeng_ti2v_v30_pro jimeng_dream_actor_m1_gen_video_cv',
    'jimeng_dreamactor_m20_gen_video jimeng_realman_avatar_picture_omni_v15',
    'jimeng_realman_avatar_picture_create_role_omni_v15 video_translate_v2_cvtob pippit_iv2v_v20_cvtob',
    'pippit_iv2v_v20_cvtob_with_vinput jimeng_v30 jimeng_v30_1080p jimeng_v30_pro',
  ),
  'the pages of Volcengine Ark and BytePlus ModelArk': words(
    'doubao-seedance-1-0-lite-t2v-250428 doubao-seedance-1-0-lite-i2v-250428 doubao-seedance-1-0-pro-250528',
    'doubao-seedance-1-0-pro-fast-251015 doubao-seedance-1-5-pro-251215 doubao-seedance-2-0-260128',
    'doubao-seedance-2-0-fast-260128 doubao-seedance-2-0-mini-260615 doubao-seedance-2-5-260628',
    'seedance-1-0-pro-250528 dreamina-seedance-2-0-260128',
    'doubao-seedance-2-480p doubao-seedance-2-720p doubao-seedance-2-1080p doubao-seedance-2-4k',
    'doubao-seedance-2-0-fast-480p doubao-seedance-2-0-fast-720p doubao-seedance-2-0-mini-480p',
    'doubao-seedance-2-0-mini-720p doubao-seedance-2-video-720p doubao-seedance-2-0-fast-video-480p',
    'doubao-seedance-2-0-mini-video-720p',
  ),
  'the MiniMax API reference': words(
    'MiniMax-H3 MiniMax-Hailuo-2.3 MiniMax-Hailuo-2.3-Fast MiniMax-Hailuo-02',
    'T2V-01-Director T2V-01 I2V-01-Director I2V-01-live I2V-01 S2V-01',
  ),
  'the pages of Alibaba Cloud Model Studio': words(
    'wan3.0-video wan2.7-t2v wan2.7-t2v-2026-06-12 wan2.7-i2v wan2.7-r2v wan2.7-r2v-2026-06-12 wan2.7-videoedit',
    'wan2.6-t2v wan2.6-t2v-us wan2.6-i2v wan2.6-i2v-us wan2.6-i2v-flash wan2.6-r2v wan2.6-r2v-flash',
    'wan2.5-t2v-preview wan2.5-i2v-preview wan2.2-t2v-plus wan2.2-i2v-plus wan2.2-i2v-flash wan2.2-kf2v-flash',
    'wan2.2-s2v wan2.2-animate-mix wan2.2-animate-move wanx2.1-t2v-turbo wanx2.1-t2v-plus wanx2.1-i2v-turbo',
    'wanx2.1-i2v-plus wanx2.1-kf2v-plus wanx2.1-vace-plus',
    'happyhorse-1.1-t2v happyhorse-1.1-i2v happyhorse-1.1-r2v happyhorse-1.0-video-edit',
  ),
  'the pages and the SDK of Google': words(
    'veo-2.0-generate-001 veo-3.0-generate-001 veo-3.0-fast-generate-001 veo-3.1-generate-001',
    'veo-3.1-fast-generate-001 veo-3.1-generate-preview veo-3.1-fast-generate-preview veo-3.1-lite-generate-preview',
    'gemini-omni-1.1-flash gemini-omni-1.1-flash-preview gemini-omni-1.2-flash gemini-omni-flash-preview',
  ),
  'the Tencent Cloud VOD SDK, as name and version': words(
    'Hailuo-02 Hailuo-2.3 Hailuo-2.3-fast Hailuo-H3 Kling-1.6 Kling-2.0 Kling-2.1 Kling-2.5 Kling-2.6 Kling-O1',
    'Kling-3.0 Kling-3.0-Omni Vidu-q2 Vidu-q2-pro Vidu-q2-turbo Vidu-q3 Vidu-q3-pro Vidu-q3-turbo Vidu-q3-mix',
    'GV-3.1 GV-3.1-fast OS-2.0 Hunyuan-1.5 Mingmou-1.0 PixVerse-v5.6 PixVerse-v6 PixVerse-c1',
  ),
  'the SDKs of Runway and Luma': words(
    'gen4.5 gen4_turbo veo3.1 veo3.1_fast hailuo3 h3_max happyhorse_1_0 seedance2 seedance2_fast seedance2_mini',
    'seedance2_5 gemini_omni_flash gemini_omni_flash_1.1 grok_imagine_1_5 wan3 wan3_prime ray-2 ray-flash-2',
  ),
};

/** Names that are no model of the catalogue, with the reason. */
export const NOT_MODELS: Readonly<Record<string, string>> = {
  'kling-identify-face': 'finds faces and makes no video; a lip sync asks it by itself',
  'veo2-fast-components': 'references have no place in what its relays take',
  'veo2-pro-components': 'references have no place in what its relays take',
  'sora2-portrait-12s': 'shape and length are no parts of the grammar of names',
  'sora_video2-landscape-15s': 'shape and length are no parts of the grammar of names',
  'grok-video-3-10s': 'a length is no part of the grammar of names',
  'vidu1.0': 'only the model of an upscale that took 360p and was replaced',
  'audio1.0': 'makes sounds, not videos',
  jimeng_realman_avatar_picture_create_role_omni_v15: 'looks at a picture and makes no video',
  video_translate_v2_cvtob: 'named without its request',
  pippit_iv2v_v20_cvtob: 'named without its request',
  pippit_iv2v_v20_cvtob_with_vinput: 'named without its request',
  'wan2.2-s2v': 'priced, but its request is on no page at hand',
  'wan2.2-animate-mix': 'its request is on no page at hand',
  'wan2.2-animate-move': 'its request is on no page at hand',
  'wanx2.1-kf2v-plus': 'replaced by wan2.2-kf2v-flash',
  'wanx2.1-vace-plus': 'its request is on no page at hand',
  'veo-3.1-lite-generate-preview': 'shut down in October 2026, and never on Vertex AI',
  happyhorse_1_0: 'its maker sells 1.1',
};
