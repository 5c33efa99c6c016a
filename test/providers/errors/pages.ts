/** Every error on the pages of the vendors, by what the page says it means. Codes are the vendors'; sources stand with each page. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { FakeAnswer } from '../suite.ts';

/**
 * `client`, `content`: the request's fault, or its content's; `key`: our account's, and no use in asking again; `busy`: our
 * account's, for a while; `ours`: we asked for what is not there; `vendor`: the vendor's, and nothing was made; `failed`: the
 * same of a task; `unclear`: nobody can tell whether a task was made; `cancelled`: somebody ended it.
 */
export type Meaning = 'client' | 'content' | 'key' | 'busy' | 'ours' | 'vendor' | 'failed' | 'unclear' | 'cancelled';

/** What each meaning has to come to here; null: no failure, because the outcome is unknown. */
export const MEANINGS: Readonly<Record<Meaning, { readonly kind: FailureKind | null; readonly failover: boolean }>> = {
  client: { kind: 'invalid_request', failover: false },
  content: { kind: 'content_rejected', failover: false },
  key: { kind: 'upstream_credential', failover: true },
  busy: { kind: 'rate_limited', failover: true },
  ours: { kind: 'upstream_protocol', failover: true },
  vendor: { kind: 'upstream_unavailable', failover: true },
  failed: { kind: 'generation_failed', failover: false },
  unclear: { kind: null, failover: false },
  cancelled: { kind: 'cancelled', failover: false },
};

type Refusals = readonly (readonly [meaning: Meaning, status: number, codes: readonly string[]])[];
type TaskErrors = readonly (readonly [meaning: Meaning, codes: readonly string[]])[];

export type ErrorPage = {
  readonly source: string;
  /** An answer of the vendor that says this code. */
  readonly answer: (status: number, code: string) => FakeAnswer;
  /** Answers to a submit. */
  readonly refusals: Refusals;
  /** The vendor's word for a task that has failed, and the codes that say why. */
  readonly failedState: string;
  readonly taskErrors: TaskErrors;
  /** Where the answer to a check that says so is such a code itself. */
  readonly endsByRefusal?: true;
  /** Codes of the page that are an answer to neither, with the reason; and codes that we know from elsewhere. */
  readonly neither?: Readonly<Record<string, string>>;
  readonly elsewhere?: Readonly<Record<string, string>>;
};

const json = (status: number, body: JsonObject): FakeAnswer => ({ status, body: JSON.stringify(body) });

export const ERROR_PAGES: Readonly<Record<string, ErrorPage>> = {
  kling: {
    source: 'https://kling.ai/document-api, errors',
    answer: (status, code) => json(status, { code: Number(code), message: 'as the page says', request_id: 'r' }),
    refusals: [
      ['key', 401, ['1000', '1001', '1002', '1003', '1004']],
      ['key', 429, ['1100', '1101', '1102', '1304']],
      ['key', 403, ['1103']],
      ['client', 400, ['1200', '1201']],
      ['ours', 404, ['1202', '1203']],
      ['content', 400, ['1300', '1301']],
      ['busy', 429, ['1302', '1303']],
      ['unclear', 500, ['5000']],
      ['unclear', 503, ['5001']],
      ['unclear', 504, ['5002']],
    ],
    failedState: 'failed',
    // Why a task failed is said in words.
    taskErrors: [
      ['content', ['Failure to pass the risk control system', 'Content security check failed']],
      ['failed', ['The model is out of memory']],
    ],
  },
  vidu: {
    source: 'https://platform.vidu.com/docs, errors',
    answer: (status, code) =>
      json(status, { code: status, reason: code, message: 'as the page says', metadata: { trace_id: 't' } }),
    refusals: [
      ['client', 400, ['BadRequest', 'FieldLacking', 'FieldUnwanted', 'FieldItemCountOutOfRange', 'FieldInvalid']],
      ['client', 400, ['PageSizeOutOfRange', 'ImageDownloadFailure', 'ImageFormatInvalid', 'ImageObjectsUndetected']],
      ['client', 400, ['ImageCheckBodyJointsFailed', 'ImageCheckFaceFailed']],
      ['client', 409, ['Conflict']],
      ['content', 400, ['TaskPromptPolicyViolation', 'AuditSubmitIllegal', 'CreationPolicyViolation']],
      ['busy', 400, ['OperationInProcess']],
      ['busy', 429, ['QuotaExceeded', 'TooManyRequests', 'SystemThrottling']],
      ['key', 400, ['CreditInsufficient']],
      ['key', 401, ['Unauthorized']],
      ['key', 403, ['Forbidden']],
      ['vendor', 400, ['ModelUnavailable']],
      ['ours', 404, ['TaskNotFound', 'CreationNotFound', 'NotFound']],
      ['cancelled', 400, ['UserCancelled']],
      ['unclear', 499, ['Canceled']],
      ['unclear', 500, ['InternalServiceFailure']],
    ],
    failedState: 'failed',
    taskErrors: [
      ['content', ['CreationPolicyViolation', 'AuditSubmitIllegal']],
      ['client', ['ImageDownloadFailure', 'ImageFormatInvalid', 'ImageCheckFaceFailed']],
      ['cancelled', ['UserCancelled', 'Canceled']],
      ['failed', ['InternalServiceFailure', 'SomethingNew']],
    ],
  },
  jimeng: {
    source: 'https://www.volcengine.com/docs/85621, errors',
    answer: (status, code) =>
      /^\d+$/.test(code)
        ? json(status, {
            code: Number(code),
            data: null,
            message: 'as the page says',
            request_id: 'r',
            status: Number(code),
          })
        : json(status, { ResponseMetadata: { RequestId: 'r', Error: { Code: code, Message: 'as the page says' } } }),
    refusals: [
      ['content', 400, ['50411', '50412', '50413', '50511', '50512', '50516', '50517', '50518', '50519']],
      ['vendor', 400, ['50520', '50521', '50522']],
      ['client', 400, ['50215']],
      ['ours', 400, ['50200']],
      ['key', 400, ['50400']],
      ['key', 401, ['SignatureDoesNotMatch', 'InvalidAccessKey', 'InvalidTimestamp', 'InvalidSignature']],
      ['busy', 429, ['50429', '50430']],
      ['unclear', 500, ['50500', '50501']],
    ],
    failedState: 'done',
    endsByRefusal: true,
    taskErrors: [
      ['content', ['50411', '50412', '50413', '50511', '50512', '50516', '50517', '50518', '50519']],
      ['vendor', ['50520', '50521', '50522']],
      ['failed', ['50500', '50501']],
    ],
  },
  ark: {
    source: 'https://www.volcengine.com/docs/82379/1299023',
    answer: (status, code) => json(status, { error: { code, message: 'as the page says', param: '', type: 'x' } }),
    refusals: [
      ['client', 400, ['MissingParameter', 'InvalidParameter', 'InvalidParameter.TaskTypeConstraint']],
      ['content', 400, ['InputTextSensitiveContentDetected', 'InputTextSensitiveContentDetected.PolicyViolation']],
      ['content', 400, ['InputImageSensitiveContentDetected.PrivacyInformation', 'InputVideoSensitiveContentDetected']],
      ['content', 400, ['InputImageSensitiveContentDetected.PolicyViolation', 'InputAudioSensitiveContentDetected']],
      ['key', 401, ['AuthenticationError']],
      ['key', 403, ['AccountOverdueError', 'AccessDenied']],
      ['key', 404, ['InvalidEndpointOrModel.NotFound', 'InvalidEndpoint.NotFound', 'InvalidEndpoint.ClosedEndpoint']],
      ['key', 404, ['ModelNotOpen']],
      ['busy', 429, ['RateLimitExceeded.EndpointRPMExceeded', 'RateLimitExceeded.EndpointTPMExceeded']],
      ['busy', 429, ['ModelAccountRpmRateLimitExceeded', 'ModelAccountTpmRateLimitExceeded']],
      ['key', 429, ['QuotaExceeded', 'SetLimitExceeded']],
      ['vendor', 429, ['ModelLoadingError', 'ServerOverloaded']],
      ['unclear', 500, ['InternalServiceError']],
    ],
    failedState: 'failed',
    taskErrors: [
      ['content', ['OutputVideoSensitiveContentDetected', 'OutputVideoSensitiveContentDetected.PolicyViolation']],
      ['content', ['OutputAudioSensitiveContentDetected.PolicyViolation', 'OutputTextSensitiveContentDetected']],
      ['failed', ['InternalServiceError', 'SomethingNew']],
    ],
    neither: { 'InvalidAction.RunningTaskDeletion': 'said only of a task that is to be deleted' },
  },
  hailuo: {
    source: 'https://platform.minimax.io/docs/api-reference/errorcode',
    answer: (status, code) =>
      json(status, { base_resp: { status_code: Number(code), status_msg: 'as the page says' } }),
    refusals: [
      ['unclear', 200, ['1000', '1001', '1024', '1033']],
      ['busy', 200, ['1002', '1039', '1041', '2045']],
      ['key', 200, ['1004', '1008', '2049', '2056']],
      ['key', 401, ['1004', '2049']],
      ['content', 200, ['1026', '1027']],
      ['client', 200, ['1042', '2013']],
    ],
    failedState: 'Fail',
    taskErrors: [
      ['content', ['1026', '1027']],
      ['client', ['1042', '2013']],
      ['failed', ['1000', '1001', '1024', '1033', '9999']],
    ],
    elsewhere: { 1013: 'MiniMax’s older page of errors: an internal one' },
  },
  wan: {
    source: 'https://help.aliyun.com/zh/model-studio, error codes',
    answer: (status, code) => json(status, { code, message: 'as the page says', request_id: 'r' }),
    refusals: [
      ['client', 400, ['InvalidParameter', 'InvalidParameter.DataInspection', 'InvalidURL', 'InvalidVideo']],
      ['client', 400, ['InvalidImage', 'InvalidImage.FileFormat', 'InvalidImage.FullFace', 'UnsupportedOperation']],
      ['content', 400, ['DataInspectionFailed', 'IPInfringementSuspect']],
      ['key', 400, ['Arrearage']],
      ['key', 401, ['InvalidApiKey']],
      ['key', 403, ['AccessDenied', 'AccessDenied.Unpurchased', 'Workspace.AccessDenied', 'Model.AccessDenied']],
      ['key', 404, ['ModelNotFound', 'WorkSpaceNotFound']],
      ['busy', 429, ['Throttling', 'Throttling.RateQuota', 'Throttling.BurstRate']],
      ['key', 429, ['Throttling.AllocationQuota', 'LimitRequests']],
      ['unclear', 500, ['InternalError', 'InternalError.Algo', 'InternalError.Timeout', 'InternalError.FileUpload']],
      ['unclear', 503, ['ModelServingError', 'ModelUnavailable']],
    ],
    failedState: 'FAILED',
    taskErrors: [
      ['client', ['InvalidParameter', 'InvalidParameter.DataInspection']],
      ['content', ['DataInspectionFailed', 'IPInfringementSuspect']],
      ['vendor', ['ModelServingError', 'ModelUnavailable']],
      ['failed', ['InternalError.Algo', 'InternalError.Timeout', 'InternalError.FileUpload', 'SomethingNew']],
    ],
  },
  'veo-gemini': {
    source: 'https://ai.google.dev/gemini-api/docs/troubleshooting, google.rpc.Code',
    answer: (status, code) =>
      code === 'API_KEY_INVALID'
        ? json(status, {
            error: { code: status, status: 'INVALID_ARGUMENT', message: 'no', details: [{ reason: code }] },
          })
        : json(status, { error: { code: status, status: code, message: 'as the page says', details: [] } }),
    refusals: [
      ['client', 400, ['INVALID_ARGUMENT']],
      ['key', 400, ['FAILED_PRECONDITION', 'API_KEY_INVALID']],
      ['key', 401, ['UNAUTHENTICATED']],
      ['key', 403, ['PERMISSION_DENIED']],
      ['vendor', 404, ['NOT_FOUND']],
      ['busy', 429, ['RESOURCE_EXHAUSTED']],
      ['unclear', 500, ['INTERNAL']],
      ['unclear', 503, ['UNAVAILABLE']],
      ['unclear', 504, ['DEADLINE_EXCEEDED']],
    ],
    failedState: 'error',
    // As operations say them: by number.
    taskErrors: [
      ['client', ['3']],
      ['busy', ['8']],
      ['failed', ['13', '99']],
      ['vendor', ['14']],
      ['content', ['3 PROHIBITED_CONTENT', 'filtered']],
    ],
    elsewhere: { INVALID_REQUEST: 'the word of interactions for INVALID_ARGUMENT' },
  },
  'tencent-vod': {
    source: 'https://www.tencentcloud.com/document/product/266, error codes; Node SDK 4.1.287',
    answer: (status, code) =>
      json(status, { Response: { Error: { Code: code, Message: 'as the page says' }, RequestId: 'r' } }),
    refusals: [
      ['key', 200, ['AuthFailure', 'AuthFailure.SecretIdNotFound', 'AuthFailure.InvalidSecretId']],
      ['key', 200, ['AuthFailure.SignatureFailure', 'AuthFailure.TokenFailure', 'AuthFailure.SignatureExpire']],
      ['key', 200, ['AuthFailure.UnauthorizedOperation', 'UnauthorizedOperation', 'FailedOperation.NoPrivileges']],
      [
        'key',
        200,
        ['FailedOperation.InvalidAccount', 'FailedOperation.InvalidVodUser', 'ResourceNotFound.UserNotExist'],
      ],
      ['key', 200, ['InvalidParameterValue.SubAppId', 'UnsupportedRegion']],
      ['busy', 200, ['RequestLimitExceeded', 'LimitExceeded']],
      ['vendor', 200, ['ResourceInsufficient', 'FailedOperation']],
      ['unclear', 200, ['InternalError', 'InternalError.DBError', 'FailedOperation.NetWorkError']],
      ['unclear', 200, ['FailedOperation.TaskDuplicate', 'InvalidParameterValue.SessionId']],
      ['client', 200, ['InvalidParameter', 'InvalidParameterValue', 'MissingParameter', 'UnknownParameter']],
      [
        'client',
        200,
        ['InvalidParameterValue.Resolution', 'InvalidParameterValue.FileId', 'InvalidParameterValue.Url'],
      ],
      ['client', 200, ['InvalidParameterValue.TaskId', 'InvalidParameterValue.SessionIdTooLong']],
      ['client', 200, ['InvalidParameterValue.SessionContextTooLong', 'InvalidParameterValue.ClassId']],
      ['client', 200, ['InvalidParameterValue.ExpireTime', 'UnsupportedOperation']],
      ['client', 200, ['ResourceNotFound', 'ResourceNotFound.FileNotExist']],
    ],
    failedState: 'FINISH',
    taskErrors: [
      ['busy', ['RequestLimitExceeded']],
      ['failed', ['FailedOperation', 'InternalError', 'ResourceInsufficient', 'ModelGenerateFailed', 'TaskTimeout']],
      [
        'content',
        ['InvalidParameter.VoilationContent', 'InvalidParameter.ViolationContent', 'ContentModerationFailed'],
      ],
      ['content', ['OutputVideoSensitiveContentDetected.PolicyViolation']],
      ['client', ['InvalidParameterValue', 'InvalidParameter', 'InvalidParameter.MediaFormat', 'ResourceNotFound']],
      ['cancelled', ['OperationCanceled']],
    ],
  },
  'openai-video': {
    source: 'openai SDK 7.55; pages of gateways that resell under its path; what their clients read',
    answer: (status, code) => json(status, { error: { message: 'as the page says', type: 'new_api_error', code } }),
    refusals: [
      ['client', 400, ['invalid_request', 'invalid_value', 'missing_required_parameter', 'unsupported_parameter']],
      ['client', 400, ['invalid_type', 'invalid_url', 'invalid_request_error', 'unsupported_media', 'body_too_large']],
      ['content', 400, ['moderation_blocked', 'sentinel_block', 'content_policy_violation', 'content_rejected']],
      ['key', 401, ['invalid_api_key', 'unauthorized']],
      ['key', 403, ['insufficient_user_quota', 'insufficient_quota', 'insufficient_funds', 'forbidden']],
      ['busy', 429, ['rate_limit_exceeded', 'rate_limited', 'limit_exceeded', 'concurrency_limit']],
      ['vendor', 404, ['model_not_found']],
      ['unclear', 500, ['server_error', 'generation_failed', 'upstream_error', 'upstream_protocol']],
      ['unclear', 503, ['no_channel', 'upstream_unavailable', 'upstream_credential', 'storage_low', 'overloaded']],
      ['unclear', 508, ['loop_detected']],
    ],
    failedState: 'failed',
    taskErrors: [
      ['content', ['moderation_blocked', 'content_policy_violation']],
      ['client', ['invalid_value']],
      [
        'failed',
        ['server_error', 'rate_limit_exceeded', 'insufficient_quota', 'upstream_unavailable', 'something_new'],
      ],
    ],
  },
};
