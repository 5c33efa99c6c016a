/** Signatures that Tencent's Node SDK 4.1.220 makes of requests with fake keys; the last is a third party's unit test. */

export const SDK_KEYS = { subAppId: 1500000001, secretId: 'AKIDEXAMPLE', secretKey: 'SECRETKEYEXAMPLE' } as const;

export const TC3_VECTORS = [
  {
    name: 'a submit',
    action: 'CreateAigcVideoTask',
    host: 'vod.tencentcloudapi.com',
    unixSeconds: 1767225600,
    contentType: 'application/json',
    body: '{"SubAppId":1500000001,"ModelName":"Kling","ModelVersion":"3.0-Omni","Prompt":"a red fox runs in snow","OutputConfig":{"StorageMode":"Temporary","Duration":5,"Resolution":"1080P","AspectRatio":"16:9","AudioGeneration":"Enabled"}}',
    date: '2026-01-01',
    signature: '40e7dab88f08444357cbf0e07714480a0912519ea87c410848e459c510a1b315',
    withAction: '70381e013791205ab5d0d88b2d20a13c2888b05a40fcc4f5abd5aa9a0c41ea79',
  },
  {
    name: 'a check',
    action: 'DescribeTaskDetail',
    host: 'vod.tencentcloudapi.com',
    unixSeconds: 1767225660,
    contentType: 'application/json',
    body: '{"TaskId":"1500000001-AigcVideoTask-cd35c792def037f1edc9455a692608f3t","SubAppId":1500000001}',
    date: '2026-01-01',
    signature: '2a0d4b60676ba73a47db1dc35e48190b935601f3b18c6f028d950879c7645c21',
    withAction: '146d8a03d747b1c6759c941da5e4a99e985eca45481ec06ad323a6425b55c6a1',
  },
  {
    name: 'a submit abroad, in Chinese',
    action: 'CreateAigcVideoTask',
    host: 'vod.intl.tencentcloudapi.com',
    unixSeconds: 1798761599,
    contentType: 'application/json; charset=utf-8',
    body: '{"SubAppId":1500000001,"ModelName":"Vidu","ModelVersion":"q2-pro","Prompt":"一只猫在月球上跳舞","FileInfos":[{"Type":"Url","Category":"Image","Url":"https://example.com/a.png?x=1&y=2","Usage":"Reference"}],"OutputConfig":{"Resolution":"1080P","Duration":8,"OffPeak":"Enabled"}}',
    date: '2026-12-31',
    signature: '7bf38320646c1b009b0f341934ad7dd73cccdf4d2d1768fe09f98b5a411f15fa',
    withAction: '6e761783c2046425fe953ead2e31996f97fb5687080ce8c3cf154251eaddb854',
  },
] as const;

/** `Authorization` as the SDK writes it; `signed` are the headers in the order that they were signed in. */
export function sdkAuthorization(date: string, signature: string, signed = 'content-type;host'): string {
  return `TC3-HMAC-SHA256 Credential=${SDK_KEYS.secretId}/${date}/vod/tc3_request, SignedHeaders=${signed}, Signature=${signature}`;
}
