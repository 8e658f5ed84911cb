import {
  BUNDLE_VERSION,
  CAPTURE_NAME,
  type CaptureOrigin,
  type Manifest,
  type ManifestCapture,
  type ManifestFile,
} from './bundle.ts';
import { flag, integer, list, nullable, object, oneOf, ShapeError, text, type Shape } from './shape.ts';

/** Most captures in one bundle. */
export const MAX_CAPTURES = 60;

const sha256: Shape<string> = (value, path) => {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new ShapeError(`${path} is not a SHA-256 in lower-case hex`);
};

const captureFile: Shape<string> = (value, path) => {
  if (typeof value === 'string' && CAPTURE_NAME.test(value)) return value;
  throw new ShapeError(`${path} is not a name like captures/NAME.pcap`);
};

/** The form of a capture's origin, wherever it is saved. */
export const originShape: Shape<CaptureOrigin> = object<CaptureOrigin>({
  vantagePoint: text(1024),
  node: text(1024),
  addresses: list(text(256), 64),
  container: text(1024),
  dropped: nullable(integer()),
  ended: text(64),
  problems: list(text(4096), 1000),
  bothDirections: flag,
  image: text(1024),
});

/** The form of manifest.json. */
export const manifestShape: Shape<Manifest> = object<Manifest>({
  bundleVersion: oneOf(BUNDLE_VERSION),
  tool: object<Manifest['tool']>({ name: text(256), version: text(256) }),
  reportSchemaVersion: text(64),
  factsVersion: nullable(integer(0, 1_000_000)),
  createdAt: text(64),
  cut: flag,
  captures: list(object<ManifestCapture>({ file: captureFile, origin: originShape }), MAX_CAPTURES),
  files: list(object<ManifestFile>({ name: text(200), sizeBytes: integer(), sha256 }), MAX_CAPTURES + 4),
});
