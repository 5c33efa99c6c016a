/** The page of Tencent Cloud VOD's own API: its keys, its requests, what it refuses and why its tasks fail. */

import type { FailureKind } from '../../../src/model/failure.ts';
import { startTencentVod } from '../../fakes/tencent-vod-vendor.ts';
import type { TencentVodFake } from '../../fakes/tencent-vod-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { inputOf } from '../suite.ts';
import type { ErrorRow, FakeAnswer, ProviderPage } from '../suite.ts';
import { LIP_SYNC, MODE_EXAMPLES, MODEL_EXAMPLES } from './examples.ts';

export const tencentVod = providerNamed('tencent-vod');
export const SUB_APP_ID = 1500000001;
export const SECRET_ID = 'AKIDcanary0000000001';
const SECRET_KEY = 'secret-key-canary';
export const KEY = `${SUB_APP_ID}|${SECRET_ID}|${SECRET_KEY}`;

export const error = (code: string, message = 'as the page says'): FakeAnswer => ({
  status: 200,
  body: JSON.stringify({ Response: { Error: { Code: code, Message: message }, RequestId: 'req-9' } }),
});
const refusal = (code: string, kind: FailureKind): ErrorRow => ({ name: code, answer: error(code), kind });

const CREDENTIAL_CODES = [
  'AuthFailure',
  'AuthFailure.SecretIdNotFound',
  'AuthFailure.InvalidSecretId',
  'AuthFailure.SignatureFailure',
  'AuthFailure.TokenFailure',
  'AuthFailure.UnauthorizedOperation',
  'UnauthorizedOperation',
  'UnauthorizedOperation.CamNoAuth',
  'FailedOperation.NoPrivileges',
  'FailedOperation.InvalidAccount',
  'FailedOperation.InvalidVodUser',
  'ResourceNotFound.UserNotExist',
  'InvalidParameterValue.SubAppId',
  'UnsupportedRegion',
];
const BUSY_CODES = ['RequestLimitExceeded', 'RequestLimitExceeded.UinLimitExceeded', 'LimitExceeded'];
const AWAY_CODES = ['ResourceInsufficient', 'FailedOperation'];
const REQUEST_CODES = [
  'InvalidParameter',
  'InvalidParameterValue',
  'InvalidParameterValue.Resolution',
  'InvalidParameterValue.FileId',
  'InvalidParameterValue.Url',
  'InvalidParameterValue.TaskId',
  'InvalidParameterValue.SessionIdTooLong',
  'InvalidParameterValue.SessionContextTooLong',
  'InvalidParameterValue.ClassId',
  'InvalidParameterValue.ExpireTime',
  'MissingParameter',
  'UnknownParameter',
  'ResourceNotFound',
  'ResourceNotFound.FileNotExist',
  'UnsupportedOperation',
];
/** Nobody can tell what became of a submit that was answered so. */
export const UNKNOWN_CODES = ['InternalError', 'InternalError.DBError', 'FailedOperation.NetWorkError'];
export const DUPLICATE_CODES = ['FailedOperation.TaskDuplicate', 'InvalidParameterValue.SessionId'];

export const PAGE: Omit<ProviderPage, 'start'> = {
  provider: tencentVod,
  folder: import.meta.dirname,
  credential: KEY,
  badCredentials: [
    'AKIDcanary0000000001|secret-key-canary',
    'app-canary|AKIDcanary|secret-key-canary',
    '1500000001||secret-key-canary',
    '1500000001|AKIDcanary|',
    '1500000001|AKIDcanary|secret-key-canary|',
    '1500000001|AKIDcanary|secret-key-canary|Guangzhou!',
    '1500000001|AKIDcanary|secret-key-canary|ap-guangzhou|sign key',
    '1|2|3|4|5|6',
    'two words',
  ],
  examples: [...MODE_EXAMPLES, LIP_SYNC, ...MODEL_EXAMPLES],
  flips: {
    prompt: { prompt: 'a dog' },
    'a negative prompt': { negativePrompt: 'rain' },
    seconds: { seconds: 7 },
    resolution: { resolution: '720p' },
    'a ratio': { ratio: '9:16' },
    'no sound': { audio: false },
    'a seed of zero': { seed: 0 },
    music: { bgm: true },
    'off-peak': { offPeak: true },
    'a watermark': { watermark: true },
    'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', 'https://example.com/a.png')] },
    'a scene': {
      mode: 'motion_control',
      scene: 'motion_control',
      inputs: [
        inputOf('first_frame', 'https://example.com/a.png'),
        inputOf('motion_video', 'https://example.com/a.mp4', 'video/mp4'),
      ],
    },
    'camera control': { vendor: { camera_control: { type: 'simple' } } },
    'a check of what goes in': { vendor: { input_compliance_check: 'Enabled' } },
    'a check of what comes out': { vendor: { output_compliance_check: false } },
    enhancement: { vendor: { enhance_switch: true } },
    'a logo': { vendor: { logo_add: 'Enabled' } },
    'where it is stored': { vendor: { storage_mode: 'Permanent', media_name: 'fox', class_id: 3 } },
    'until when it is stored': { vendor: { expire_time: '2027-01-01T00:00:00Z' } },
    'the region of its inputs': { vendor: { input_region: 'Oversea' } },
    'a workflow': { vendor: { procedure: 'LongVideoPreset', tasks_priority: -3 } },
    'own subjects': { vendor: { subject_infos: [{ id: 'element-1' }] } },
    'fields of its own': { vendor: { ext_info: '{"AdditionalParameters":"{\\"multi_shot\\":true}"}' } },
  },
  refusals: [
    ...CREDENTIAL_CODES.map((code) => refusal(code, 'upstream_credential')),
    ...BUSY_CODES.map((code) => refusal(code, 'rate_limited')),
    ...AWAY_CODES.map((code) => refusal(code, 'upstream_unavailable')),
    ...REQUEST_CODES.map((code) => refusal(code, 'invalid_request')),
    refusal('InvalidParameter.VoilationContent', 'content_rejected'),
    refusal('NobodyKnowsThis', 'upstream_protocol'),
    { name: 'HTTP 429', answer: { status: 429, body: '', headers: { 'retry-after': '3' } }, kind: 'rate_limited' },
  ],
  states: { waiting: ['WAITING', 'PROCESSING'], done: 'FINISH', failed: 'FINISH' },
  failures: [
    { code: 'RequestLimitExceeded', kind: 'rate_limited' },
    { code: 'FailedOperation', kind: 'generation_failed' },
    { code: 'InternalError', kind: 'generation_failed' },
    { code: 'ResourceInsufficient', kind: 'generation_failed' },
    { code: 'ModelGenerateFailed', kind: 'generation_failed' },
    { code: 'TaskTimeout', kind: 'generation_failed' },
    { code: 'InvalidParameter.VoilationContent', kind: 'content_rejected' },
    { code: 'InvalidParameter.ViolationContent', kind: 'content_rejected' },
    { code: 'ContentModerationFailed', kind: 'content_rejected' },
    { code: 'OutputVideoSensitiveContentDetected.PolicyViolation', kind: 'content_rejected' },
    { code: 'InputTextSensitiveContentDetected', kind: 'content_rejected' },
    { code: 'InvalidParameterValue', kind: 'invalid_request' },
    { code: 'InvalidParameter', kind: 'invalid_request' },
    { code: 'InvalidParameter.MediaFormat', kind: 'invalid_request' },
    { code: 'ResourceNotFound', kind: 'invalid_request' },
    { code: 'OperationCanceled', kind: 'cancelled' },
    { code: 'SomethingNew', kind: 'generation_failed' },
  ],
  volatile: ['session_id'],
};

export function startVod(): Promise<TencentVodFake> {
  return startTencentVod({ subAppId: SUB_APP_ID, secretId: SECRET_ID, secretKey: SECRET_KEY });
}
