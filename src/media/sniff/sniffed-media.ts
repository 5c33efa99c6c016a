// What the first bytes of a media file tell.

export type SniffedMedia = {
  kind: 'image' | 'video' | 'audio';
  mime: string;
  extension: string;
  /**
   * As the header states it, before any rotation it also asks for, and however absurd: bounding is the caller's.
   * null for audio and video, and for an image whose size lies beyond the head given.
   */
  width: number | null;
  height: number | null;
};
