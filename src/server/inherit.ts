/** Fills what a request leaves open from the job it builds on. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ReadRequest } from '../model/request.ts';
import { modeOf } from '../model/resolve-inputs.ts';
import type { VideoSpec } from '../model/spec.ts';

/** Model, length and frame are as before, but for what the source video itself decides. */
export function inherit(read: ReadRequest, spec: VideoSpec, catalogue: Catalogue): ReadRequest {
  const { request } = read;
  const model = request.model === '' ? spec.requestedModel : request.model;
  const row = catalogue.find(model)?.row;
  const mode = row === undefined || request.scene === null ? null : modeOf(row, request.scene);
  const isFramed = request.size !== null || request.resolution !== null || request.ratio !== null;
  return {
    ...read,
    request: {
      ...request,
      model,
      seconds: request.seconds ?? (mode?.secondsFromVideo === undefined ? spec.seconds : null),
      resolution: isFramed ? request.resolution : spec.resolution,
      ratio: isFramed || mode?.ratio === 'input' ? request.ratio : spec.ratio,
    },
  };
}
