/** Where files are kept when they are not on the disk, as `REELGATE_STORAGE` says. */

export type S3Place = {
  readonly bucket: string;
  /** Stands before every name: empty, or ending with a slash. */
  readonly prefix: string;
  /** Null: Amazon's own, by region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** The bucket stands in the path of an address, not in its host name. */
  readonly pathStyle: boolean;
  /** Clients are sent to the store for the bytes, instead of getting them through this server. */
  readonly presign: boolean;
};

export type S3Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
};

export type S3Options = { readonly place: S3Place; readonly credentials: S3Credentials };

const SHAPE = /^s3:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;
const BUCKET = /^(?!.*\.\.)[a-z0-9.-]{3,63}$/;
const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
const PREFIX = /^(?!.*(?:\/\/|(?:^|\/)\.{1,2}(?:\/|$)))[\w./-]{0,200}$/;
const REGION = /^[a-z0-9-]{2,40}$/;
const FLAGS: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false };
const OPTIONS: readonly string[] = ['endpoint', 'region', 'path_style', 'presign'];
/** What stores that know no regions take. */
const USUAL_REGION = 'us-east-1';

/**
 * Reads `s3://bucket/prefix?endpoint=https://…&region=…&path_style=1&presign=1`. Throws a `TypeError` that says what is wrong
 * with it, without the name of the variable.
 */
export function parseS3Place(text: string): S3Place {
  const [, bucket, prefix = '', query = ''] = SHAPE.exec(text) ?? [];
  if (bucket === undefined || text.includes('#'))
    throw new TypeError('must look like s3://bucket/prefix?endpoint=https://host&region=name');
  if (!BUCKET.test(bucket) || IPV4.test(bucket))
    throw new TypeError(`has the bucket '${bucket}', but a bucket is 3 to 63 of a-z, 0-9, '.' and '-'`);
  if (!PREFIX.test(prefix))
    throw new TypeError(`has the prefix '${prefix}', but a prefix is made of letters, digits, '.', '_', '-' and '/'`);
  const options = optionsOf(query);
  const endpoint = options.get('endpoint') ?? null;
  if (endpoint !== null && !isOrigin(endpoint))
    throw new TypeError('has an endpoint that is not an http or https address of a host and nothing more');
  const region = options.get('region') ?? (endpoint === null ? null : USUAL_REGION);
  if (region === null || !REGION.test(region)) throw new TypeError('must name a region, such as region=eu-central-1');
  return {
    bucket,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    endpoint,
    region,
    pathStyle: flag(options, 'path_style', endpoint !== null),
    presign: flag(options, 'presign', false),
  };
}

function optionsOf(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`has the option '${name}', but takes only ${OPTIONS.join(', ')}`);
    if (options.has(name)) throw new TypeError(`has the option '${name}' twice`);
    options.set(name, value);
  }
  return options;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !/[@?#]/.test(text);
}

function flag(options: ReadonlyMap<string, string>, name: string, usual: boolean): boolean {
  const value = options.get(name);
  if (value === undefined) return usual;
  const known = FLAGS[value];
  if (known === undefined) throw new TypeError(`has ${name}=${value}, but it must be 1 or 0`);
  return known;
}
