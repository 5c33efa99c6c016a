/** `/files/<asset>`: stored files for whoever holds a signed link. */

import type { FastifyInstance } from 'fastify';

import { judgeLink } from '../engine/file-link.ts';
import { readAsset } from '../store/assets.ts';
import type { Asset } from '../store/assets.ts';
import type { Access } from './access.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { writeProblem } from './problem.ts';
import { sendFile } from './send-file.ts';

type FileRequest = { Params: { assetId: string }; Querystring: { expires?: unknown; signature?: unknown } };

const ACCESS: Access = { auth: 'own', limitClass: 'read', bodyBytes: 0 };

export function installFiles(app: FastifyInstance, deps: ServerDependencies, nowMs: () => number): void {
  app.route<FileRequest>({
    method: ['GET', 'HEAD'],
    url: '/files/:assetId',
    config: { writeFailure: writeProblem, access: ACCESS },
    handler: async (request, reply) => {
      const { expires, signature } = request.query;
      const verdict = judgeLink(deps.secrets, request.params.assetId, expires, signature, nowMs());
      if (verdict === 'altered') throw failed('forbidden', 'This link is not valid.');
      if (verdict === 'expired')
        throw failed('forbidden', 'This link has expired. Ask for the video again to get a new one.');
      const asset = await readAsset(deps.db, request.params.assetId);
      if (asset === null) throw failed('gone', 'This file was deleted.');
      return sendFile(request, reply, deps.storage, asset, fileName(asset));
    },
  });
}

function fileName(asset: Asset): string {
  return `${asset.kind}_${asset.jobId ?? asset.id}`;
}
