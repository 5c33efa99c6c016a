// Reads a prompt the way a set designer would: what light, what place, what weather, in English or Chinese.
import { rgb } from './color.ts';
import type { Rgb } from './color.ts';
import { seededRandom } from './random.ts';

export type Light = 'night' | 'neon' | 'sunset' | 'dawn' | 'day' | 'overcast' | 'winter';
export type Terrain = 'city' | 'sea' | 'mountains' | 'forest' | 'desert' | 'hills' | 'space';
export type Weather = 'none' | 'rain' | 'snow' | 'petals' | 'fireflies' | 'dust' | 'embers';
export type Orb = 'sun' | 'moon' | 'retro' | 'none';

export type Palette = {
  /** Sky from the zenith to the horizon. */
  readonly sky: readonly [Rgb, Rgb, Rgb];
  /** Light of the sun, moon or signs. */
  readonly glow: Rgb;
  /** Tint of far land, and the darkest foreground. */
  readonly land: Rgb;
  readonly near: Rgb;
  /** The one lively colour: windows, signs, the progress bar. */
  readonly accent: Rgb;
  /** From 0 (none) to 1 (a clear night). */
  readonly stars: number;
};

export type Mood = {
  readonly light: Light;
  readonly terrain: Terrain;
  readonly weather: Weather;
  readonly orb: Orb;
  readonly figure: 'person' | 'boat' | 'birds' | 'none';
  readonly palette: Palette;
};

type Words<T extends string> = readonly (readonly [T, RegExp])[];

const LIGHT_WORDS: Words<Light> = [
  [
    'neon',
    /\b(?:neon|cyber|synthwave|vaporwave|hologra|futuristic|sci-?fi|nightclub)|霓虹|赛博|賽博|未来都市|科幻|夜店|全息/i,
  ],
  ['sunset', /\b(?:sunset|dusk|golden hour|evening|twilight)|日落|夕阳|夕陽|黄昏|黃昏|傍晚|晚霞|余晖/i],
  ['dawn', /\b(?:sunrise|dawn|morning)|日出|黎明|清晨|早晨|晨曦|破晓/i],
  ['night', /\b(?:night|midnight|moon|stars?\b|starry|starlight|dark)|夜|星空|月|繁星|黑暗/i],
  ['winter', /\b(?:snow|winter|icy?\b|ice\b|glacier|blizzard|frost|arctic)|雪|冬|冰|寒/i],
  ['overcast', /\b(?:rain|storm|thunder|fog|mist\b|misty|cloudy|overcast|gloomy)|雨|雾|霧|阴|暴风|乌云/i],
  ['day', /\b(?:day|daylight|sunny|noon|blue sky|summer|spring)\b|白天|晴|阳光|陽光|正午|夏|春|蓝天/i],
];

const TERRAIN_WORDS: Words<Terrain> = [
  [
    'space',
    /\b(?:space|galax|planet|cosmos|cosmic|nebula|astronaut|orbit|mars\b)|太空|宇宙|银河|銀河|星球|星云|宇航|火星/i,
  ],
  [
    'sea',
    /\b(?:sea\b|ocean|beach|waves?\b|surf(?:er|ing)?\b|coast|lakes?\b|island|boat|ships?\b|sail|whale|dolphin)|(?<!上)海|浪|湖|岛|船|鲸|帆/i,
  ],
  ['desert', /\b(?:desert|dune|sahara|camel|cactus|canyon)|沙漠|沙丘|戈壁|骆驼|大漠/i],
  ['forest', /\b(?:forest|woods?\b|woodland|jungle|trees?\b|pine|bamboo|deer)|森林|树|樹|竹|丛林|林间|鹿/i],
  [
    'city',
    /\b(?:cit(?:y|ies)\b|street|urban|skyscraper|skyline|downtown|tokyo|shanghai|new york|building|alley|traffic|cars?\b|bridge|cyberpunk)|城市|都市|街|楼|樓|巷|东京|上海|车|桥|赛博|霓虹/i,
  ],
  ['mountains', /\b(?:mountain|peak|alps|alpine|himalaya|cliff|valley|ridge|summit)|山|峰|峡谷|悬崖/i],
  ['hills', /\b(?:hill|field|meadow|grass|farm|village|garden|prairie)|草原|草地|田|乡村|花园|村|原野/i],
];

const WEATHER_WORDS: Words<Weather> = [
  ['snow', /\b(?:snow|blizzard|winter)|雪|冬/i],
  ['rain', /\b(?:rain(?!bow)|storm|drizzle|wet street)|雨|暴风/i],
  ['petals', /\b(?:petal|blossom|sakura|cherry|spring\b)|花瓣|樱|櫻|桃花|落花|春/i],
  ['fireflies', /\b(?:firefl|fairy|magic|enchanted|lantern)|萤火|螢火|精灵|魔法|灯笼|仙/i],
  ['embers', /\b(?:fire\b|flame|embers?\b|sparks?\b|lava|volcano|dragon|war\b)|火焰|火光|龙|龍|火山|岩浆|战/i],
  ['dust', /\b(?:dust|desert|sand|ruins?\b|ancient)|沙|尘|塵|遗迹|古/i],
];

const FIGURE_WORDS: Words<Mood['figure']> = [
  ['boat', /\b(?:boat|ships?\b|sail)|船|帆|舟/i],
  [
    'person',
    /\b(?:man|men|woman|women|girl|boy|person|people|samurai|knight|hero|dancer|astronaut|child|traveler|figure|walks?|walking|detective)\b|男|女|人|少年|孩|侠|武士|旅|舞|走/i,
  ],
  ['birds', /\b(?:bird|gull|crane|eagle|flock)|鸟|鳥|鹤|雁|鹰|鸥/i],
];

const PALETTES: Readonly<Record<Light, Palette>> = {
  night: palette('#050a1e', '#12244f', '#3c5d92', '#dbe7ff', '#22365f', '#04070f', '#ffd58a', 1),
  neon: palette('#0b0524', '#3d0f66', '#e0357f', '#ff8ad0', '#3b1461', '#080312', '#2fe3f5', 0.5),
  sunset: palette('#232457', '#a8466f', '#ffad5c', '#ffe2a8', '#6d3355', '#170d20', '#ffb65e', 0.25),
  dawn: palette('#41639c', '#d99aa6', '#ffe0bd', '#fff3dc', '#6d6f95', '#1f2440', '#ff9f7a', 0.08),
  day: palette('#2a76cf', '#72b4ee', '#d9edf8', '#fffbe8', '#5d9a63', '#143a26', '#ffd257', 0),
  overcast: palette('#2f3946', '#5a6773', '#a3adb1', '#dfe6e8', '#4b5761', '#11161b', '#f2b263', 0),
  winter: palette('#55779f', '#a2bfd6', '#eaf1f6', '#ffffff', '#7e9ab5', '#22344a', '#8fd0ff', 0),
};

/** By daylight the ground shows its own colour, and space has a sky of its own. */
const DAY_GROUND: Partial<Readonly<Record<Terrain, Pick<Palette, 'land' | 'near'>>>> = {
  city: { land: rgb('#7d93ae'), near: rgb('#22334b') },
  desert: { land: rgb('#c79a62'), near: rgb('#6a4226') },
  sea: { land: rgb('#2f7ba0'), near: rgb('#0b3552') },
  mountains: { land: rgb('#7f97b0'), near: rgb('#1b3a35') },
};
const SPACE_SKY: Palette['sky'] = [rgb('#02030a'), rgb('#090d22'), rgb('#151a3c')];

const QUIET_LIGHTS: readonly Light[] = ['night', 'sunset', 'dawn', 'day', 'overcast'];
const OPEN_TERRAINS: readonly Terrain[] = ['mountains', 'hills', 'sea', 'city', 'forest'];

/** English words count from their beginning, so that a train brings no rain. The same prompt and seed always read the same. */
export function readMood(prompt: string, seed: number): Mood {
  const random = seededRandom(seed, `mood ${prompt}`);
  const weatherWord = heard(WEATHER_WORDS, prompt);
  const terrain =
    heardFirst(TERRAIN_WORDS, prompt) ?? (weatherWord === 'snow' ? 'mountains' : random.pick(OPEN_TERRAINS));
  const lightWord = terrain === 'space' ? 'night' : heard(LIGHT_WORDS, prompt);
  const light = lightWord ?? (terrain === 'desert' ? 'sunset' : random.pick(QUIET_LIGHTS));
  const weather = weatherWord ?? 'none';
  return {
    light,
    terrain,
    weather: terrain === 'space' ? 'none' : weather,
    orb: orbOf(light, terrain, weather),
    figure: heard(FIGURE_WORDS, prompt) ?? (light === 'day' || light === 'dawn' ? 'birds' : 'none'),
    palette: paletteOf(light, terrain),
  };
}

function paletteOf(light: Light, terrain: Terrain): Palette {
  const base = PALETTES[light];
  if (terrain === 'space') return { ...base, sky: SPACE_SKY };
  return light === 'day' ? { ...base, ...DAY_GROUND[terrain] } : base;
}

function orbOf(light: Light, terrain: Terrain, weather: Weather): Orb {
  if (terrain === 'space') return 'none';
  switch (light) {
    case 'neon':
      return weather === 'rain' ? 'none' : 'retro';
    case 'night':
      return 'moon';
    case 'overcast':
      return 'none';
    case 'winter':
    case 'sunset':
    case 'dawn':
    case 'day':
      return 'sun';
  }
}

/** The place named first is where the scene is set; the ones after it are passed through. */
function heardFirst<T extends string>(words: Words<T>, prompt: string): T | null {
  const found = words.flatMap(([value, pattern]) => {
    const index = prompt.search(pattern);
    return index < 0 ? [] : [{ value, index }];
  });
  return found.toSorted((a, b) => a.index - b.index)[0]?.value ?? null;
}

/** Earlier rows of the table win: strong words such as neon before weak ones such as day. */
function heard<T extends string>(words: Words<T>, prompt: string): T | null {
  for (const [value, pattern] of words) if (pattern.test(prompt)) return value;
  return null;
}

function palette(
  zenith: string,
  middle: string,
  horizon: string,
  glow: string,
  land: string,
  near: string,
  accent: string,
  stars: number,
): Palette {
  return {
    sky: [rgb(zenith), rgb(middle), rgb(horizon)],
    glow: rgb(glow),
    land: rgb(land),
    near: rgb(near),
    accent: rgb(accent),
    stars,
  };
}
