import type { CaptureSummary } from '../capture/capture.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Report } from '../report/report.ts';

/**
 * A bundle: what a ticket needs, in one `.tar.gz`. Anyone can open it without the cluster and get
 * the same verdict. It holds, sorted by name:
 *
 *     captures/NAME.pcap   the packets, cut to what the dissectors read
 *     facts.json           what the cluster said (absent for a capture without a cluster)
 *     manifest.json        versions, and size and SHA-256 of every other file
 *     report.json          the report as `-o json` prints it
 *     summary.md           text to paste into the ticket
 */

/** Version of the layout above; an unknown one is refused. */
export const BUNDLE_VERSION = 1;

export const MANIFEST_NAME = 'manifest.json';
export const FACTS_NAME = 'facts.json';
export const REPORT_NAME = 'report.json';
export const SUMMARY_NAME = 'summary.md';

/** The only form of a capture's name in a bundle; at most 100 bytes, so that it needs no extended tar header. */
export const CAPTURE_NAME: RegExp = /^captures\/[A-Za-z0-9][A-Za-z0-9._-]{0,84}\.(?:pcap|pcapng)$/;

/** What the packets themselves do not say about a capture: where it was taken, how it ended, what was lost. */
export interface CaptureOrigin extends Pick<
  CaptureSummary,
  'vantagePoint' | 'node' | 'addresses' | 'container' | 'dropped' | 'ended' | 'problems'
> {
  /** Whether both directions were captured for certain. */
  readonly bothDirections: boolean;
  /** Debug image that printed commands name; empty: none was used. */
  readonly image: string;
}

export interface Manifest {
  readonly bundleVersion: typeof BUNDLE_VERSION;
  readonly tool: { readonly name: string; readonly version: string };
  /** `schemaVersion` of report.json. */
  readonly reportSchemaVersion: string;
  /** `factsVersion` of facts.json; null: the bundle has none. */
  readonly factsVersion: number | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** True: payload beyond what the dissectors read was cut off. */
  readonly cut: boolean;
  /** In the order of the report's `captures`. */
  readonly captures: readonly ManifestCapture[];
  /** Every file but the manifest, sorted by name. */
  readonly files: readonly ManifestFile[];
}

export interface ManifestCapture {
  /** Name in the bundle, "captures/NAME.pcap". */
  readonly file: string;
  readonly origin: CaptureOrigin;
}

export interface ManifestFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What {@link packBundle} puts into a bundle. */
export interface BundleContents {
  readonly captures: readonly PackedCapture[];
  readonly facts: Facts | null;
  readonly report: Report;
  /** Markdown. */
  readonly summary: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** See {@link Manifest.cut}. */
  readonly cut: boolean;
}

export interface PackedCapture {
  /** The capture on this machine; read once, not changed. */
  readonly path: string;
  /** Name in the bundle, see {@link captureName}. */
  readonly name: string;
  readonly origin: CaptureOrigin;
}

/**
 * The name in the bundle of the capture at `index` (0-based): the vantage point, reduced to safe
 * characters, behind a number that keeps the order and makes names differ.
 */
export function captureName(
  index: number,
  vantagePoint: string,
  extension: 'pcap' | 'pcapng' = 'pcap',
): string {
  const safe = vantagePoint
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return `captures/${String(index).padStart(3, '0')}-${safe || 'capture'}.${extension}`;
}
