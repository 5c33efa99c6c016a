// Opens a video or audio file from disk with the containers we read, and with no format that could point elsewhere.
import {
  ADTS,
  FilePathSource,
  FLAC,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';
import './codecs.ts';

/** HLS is left out on purpose: a playlist names other files and hosts, and a hostile one would make us fetch them. */
const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS, MP3, WAVE, OGG, ADTS, FLAC];

/** What is wrong with a file is said by the answers about it, not on the console. */
Logging.level = LogLevel.Silent;

const CACHE_BYTES = 8 * 1024 * 1024;

/** The caller disposes the input. Reading errors surface from the calls made on it. */
export function openMediaFile(path: string): Input {
  const source = new FilePathSource(path, { maxCacheSize: CACHE_BYTES, handleUnhandledError: () => undefined });
  return new Input({ source, formats: FORMATS });
}
