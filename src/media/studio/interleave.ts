// Brings encoded pictures and sound into one order that does not depend on which encoder was faster.
import type { Encoded } from './encode.ts';

export type PacketSource = { add(packet: Encoded['packet'], meta?: object): Promise<void>; close(): void };

export type Interleaver = {
  /** Takes new packets of both tracks, each in decoding order, and writes those whose turn is certain. */
  add(pictures: readonly Encoded[], sounds: readonly Encoded[]): Promise<void>;
  /** Writes the rest and closes the tracks. */
  finish(): Promise<void>;
};

/** By time, pictures first. The order of packets in the file is part of what "the same plan, the same bytes" means. */
export function interleave(video: PacketSource, audio: PacketSource | null): Interleaver {
  const pictures: Encoded[] = [];
  const sounds: Encoded[] = [];

  async function write(all: boolean): Promise<void> {
    for (;;) {
      const [picture, sound] = [pictures[0], sounds[0]];
      if (picture === undefined && sound === undefined) return;
      if (!all && audio !== null && (picture === undefined || sound === undefined)) return;
      if (picture !== undefined && (sound === undefined || picture.packet.timestamp <= sound.packet.timestamp)) {
        await addTo(video, pictures.shift());
      } else if (audio !== null) {
        await addTo(audio, sounds.shift());
      }
    }
  }

  return {
    add(morePictures, moreSounds) {
      pictures.push(...morePictures);
      if (audio !== null) sounds.push(...moreSounds);
      return write(false);
    },
    async finish() {
      await write(true);
      video.close();
      audio?.close();
    },
  };
}

async function addTo(source: PacketSource, encoded: Encoded | undefined): Promise<void> {
  if (encoded === undefined) return;
  const { packet, decoderConfig } = encoded;
  await source.add(packet, decoderConfig === null ? undefined : { decoderConfig });
}
