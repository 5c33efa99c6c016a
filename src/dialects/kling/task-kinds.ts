/** The kinds of video of the task API, whose addresses end in the model. */

import type { Scene } from '../../model/request.ts';
import type { ModeName } from '../../model/spec.ts';

export type TaskKind = {
  /** The step of the address before the model. */
  readonly path: string;
  readonly summary: string;
  readonly scene: Scene | null;
  readonly modes: readonly ModeName[];
  /** There is no request of the kind without a picture or a video. */
  readonly needsFiles: boolean;
};

export const TASK_KINDS: readonly TaskKind[] = [
  {
    path: 'text-to-video',
    summary: 'Create a video from text',
    scene: null,
    modes: ['text'],
    needsFiles: false,
  },
  {
    path: 'image-to-video',
    summary: 'Create a video from a first frame, or between two',
    scene: null,
    modes: ['first_frame', 'first_last'],
    needsFiles: true,
  },
  {
    path: 'omni-video',
    summary: 'Create a video from anything, or edit one',
    scene: null,
    modes: ['text', 'first_frame', 'first_last', 'reference', 'edit'],
    needsFiles: false,
  },
  {
    path: 'motion-control',
    summary: 'Let a character move as in a video',
    scene: 'motion_control',
    modes: ['motion_control'],
    needsFiles: true,
  },
];
