// The colours of land at a distance: haze gives way to the dark foreground.
import { mix } from './color.ts';
import type { Rgb } from './color.ts';
import type { Mood } from './mood.ts';

export type Tone = { readonly body: Rgb; readonly crest: Rgb; readonly mist: Rgb };

const SAND: Rgb = [206, 136, 76];

/** `nearness` runs from 0 (far) to 1 (near). */
export function toneAt(mood: Mood, sandy: boolean, nearness: number): Tone {
  const { sky, land, near, glow } = mood.palette;
  const ground = sandy ? mix(land, SAND, mood.light === 'night' ? 0.25 : 0.7) : land;
  const haze = (1 - nearness) ** 1.4;
  const body = mix(mix(ground, near, Math.max(0, nearness * 1.25 - 0.25)), sky[2], haze * 0.78);
  return { body, crest: mix(body, glow, 0.1 + 0.08 * (1 - nearness)), mist: mix(body, sky[2], 0.5 * (1 - nearness)) };
}
