// The moving scenery behind everything, composed from the prompt and the seed.
import { createCanvas } from '@napi-rs/canvas';
import type { SKRSContext2D } from '@napi-rs/canvas';
import { cityLayers } from './city.ts';
import { figureLayer, makeFlock, paintFlock } from './figure.ts';
import { landLayers } from './land.ts';
import { readMood } from './mood.ts';
import type { Mood } from './mood.ts';
import { duneLayers, mountainLayers } from './peaks.ts';
import { seededRandom } from './random.ts';
import { makeSea, paintSea } from './sea.ts';
import { cloudLayer, placeOrb, skyLayer } from './sky.ts';
import { spaceLayers } from './space.ts';
import { drawLayer, makeStage } from './stage.ts';
import type { Layer, Stage } from './stage.ts';
import { makeAir } from './weather.ts';

export type Backdrop = {
  readonly mood: Mood;
  /** Fills the whole frame. `seconds` counts from the clip's start, `progress` runs from 0 to 1 over the clip. */
  paint(context: SKRSContext2D, seconds: number, progress: number): void;
};

const CLOUD_PACE = 0.006;

export function makeBackdrop(plan: { width: number; height: number; prompt: string; seed: number }): Backdrop {
  const mood = readMood(plan.prompt, plan.seed);
  const chance = (purpose: string) => seededRandom(plan.seed, `${purpose} ${plan.prompt}`);
  const camera = chance('camera');
  const horizon =
    mood.terrain === 'mountains' || mood.terrain === 'forest' ? 0.56 : mood.terrain === 'hills' ? 0.52 : 0.6;
  const stage = makeStage(plan.width, plan.height, horizon, camera.chance(0.5) ? 1 : -1);
  const orb = placeOrb(stage, mood, chance('orb'));
  const sky = skyLayer(stage, mood, orb, chance('sky'));
  const clouds = cloudLayer(stage, mood, chance('clouds'));
  const scenery = makeScenery(stage, mood, orb, chance('land'));
  const figure = figureLayer(stage, mood, orb.x, chance('figure'));
  const flock = makeFlock(mood, chance('flock'));
  const air = makeAir(stage, mood, chance('air'));
  const paint = (context: SKRSContext2D, seconds: number, progress: number): void => {
    drawLayer(context, stage, sky, progress);
    const drift = -stage.direction * stage.width * CLOUD_PACE * seconds;
    if (clouds !== null) drawLayer(context, stage, clouds, progress, { x: drift % (stage.width * 0.05), y: 0 });
    scenery.back(context, seconds, progress);
    if (figure !== null) drawLayer(context, stage, figure, progress);
    scenery.front(context, progress);
    paintFlock(context, stage, mood, flock, seconds);
    air.paint(context, seconds);
  };
  return { mood, paint: stage.layerScale < 1 ? enlarged(stage, paint) : paint };
}

/** For very large frames: composes at the layers' own size, so that only the finished picture is scaled up. */
function enlarged(stage: Stage, paint: Backdrop['paint']): Backdrop['paint'] {
  const small = createCanvas(Math.ceil(stage.width * stage.layerScale), Math.ceil(stage.height * stage.layerScale));
  const smallContext = small.getContext('2d', { alpha: false });
  smallContext.scale(small.width / stage.width, small.height / stage.height);
  return (context, seconds, progress) => {
    paint(smallContext, seconds, progress);
    context.drawImage(small, 0, 0, stage.width, stage.height);
  };
}

type Scenery = {
  back(context: SKRSContext2D, seconds: number, progress: number): void;
  front(context: SKRSContext2D, progress: number): void;
};

function makeScenery(
  stage: Stage,
  mood: Mood,
  orb: { x: number; y: number; radius: number },
  random: ReturnType<typeof seededRandom>,
): Scenery {
  if (mood.terrain === 'sea') {
    const sea = makeSea(stage, mood, orb, random);
    return {
      back: (context, seconds, progress) => paintSea(context, stage, mood, sea, seconds, progress),
      front: () => undefined,
    };
  }
  const layers = terrainLayers(stage, mood, mood.terrain, orb.x, random);
  const paint = (context: SKRSContext2D, list: readonly Layer[], progress: number): void => {
    for (const layer of list) drawLayer(context, stage, layer, progress);
  };
  return {
    back: (context, _seconds, progress) => paint(context, layers.slice(0, -1), progress),
    front: (context, progress) => paint(context, layers.slice(-1), progress),
  };
}

function terrainLayers(
  stage: Stage,
  mood: Mood,
  terrain: Exclude<Mood['terrain'], 'sea'>,
  lightX: number,
  random: ReturnType<typeof seededRandom>,
): readonly Layer[] {
  switch (terrain) {
    case 'city':
      return cityLayers(stage, mood, random);
    case 'space':
      return spaceLayers(stage, mood, random);
    case 'mountains':
      return [...mountainLayers(stage, mood, lightX, random), ...landLayers(stage, mood, terrain, random)];
    case 'desert':
      return [...landLayers(stage, mood, terrain, random), ...duneLayers(stage, mood, lightX, random)];
    case 'hills':
    case 'forest':
      return landLayers(stage, mood, terrain, random);
  }
}
