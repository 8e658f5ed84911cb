/*
 * Where the responses of Kafka's APIs hold their error code (the protocol's message definitions). "Flexible" versions
 * begin with tagged fields, of which brokers send none, and write lengths as unsigned varints of one more.
 */

/** Keys of APIs. */
export const KafkaApi = { Produce: 0, Fetch: 1, ApiVersions: 18 } as const;

interface Layout {
  /** First version whose code stands behind the throttle time, and first flexible version. */
  readonly throttledFrom: number;
  readonly flexibleFrom: number;
  /** Versions that hold one code for all. */
  readonly from: number;
  readonly until: number;
}

const NEVER = 1000;
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [KafkaApi.Fetch, { throttledFrom: 1, flexibleFrom: 12, from: 7, until: NEVER }],
  // FindCoordinator: from version 4 on for many groups at once.
  [10, { throttledFrom: 1, flexibleFrom: 3, from: 0, until: 4 }],
  // JoinGroup, Heartbeat, LeaveGroup, SyncGroup.
  [11, { throttledFrom: 2, flexibleFrom: 6, from: 0, until: NEVER }],
  [12, { throttledFrom: 1, flexibleFrom: 4, from: 0, until: NEVER }],
  [13, { throttledFrom: 1, flexibleFrom: 4, from: 0, until: NEVER }],
  [14, { throttledFrom: 1, flexibleFrom: 4, from: 0, until: NEVER }],
  // SaslHandshake; ApiVersions, whose header stays as it was, so that any client can read it; InitProducerId; SaslAuthenticate.
  [17, { throttledFrom: NEVER, flexibleFrom: NEVER, from: 0, until: NEVER }],
  [KafkaApi.ApiVersions, { throttledFrom: NEVER, flexibleFrom: NEVER, from: 0, until: NEVER }],
  [22, { throttledFrom: 0, flexibleFrom: 2, from: 0, until: NEVER }],
  [36, { throttledFrom: NEVER, flexibleFrom: 2, from: 0, until: NEVER }],
]);
/** First flexible version of Produce. */
const FLEXIBLE_PRODUCE = 9;

/** The error code of a response, of which `body` holds the begin; 0: none, or it cannot be told. */
export function kafkaErrorCode(apiKey: number, version: number, body: Uint8Array): number {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (apiKey === KafkaApi.Produce) return produceError(view, version >= FLEXIBLE_PRODUCE);
  const layout = LAYOUTS.get(apiKey);
  if (layout === undefined || version < layout.from || version >= layout.until) return 0;
  const at = (version >= layout.flexibleFrom ? 1 : 0) + (version >= layout.throttledFrom ? 4 : 0);
  const isTagged = version >= layout.flexibleFrom && view.byteLength > 0 && view.getUint8(0) !== 0;
  return isTagged ? 0 : int16(view, at);
}

/** The code of the first partition of the first topic. */
function produceError(view: DataView, isFlexible: boolean): number {
  if (!isFlexible) {
    if (int32(view, 0) < 1) return 0;
    const partitionsAt = 6 + int16(view, 4);
    return int16(view, 4) < 0 || int32(view, partitionsAt) < 1 ? 0 : int16(view, partitionsAt + 8);
  }
  if (view.byteLength < 3 || view.getUint8(0) !== 0 || view.getUint8(1) < 2) return 0;
  const nameBytes = view.getUint8(2) - 1;
  const partitionsAt = 3 + nameBytes;
  // Lengths that need a second byte are longer than what is kept.
  if (nameBytes < 0 || nameBytes > 126 || partitionsAt >= view.byteLength) return 0;
  return view.getUint8(partitionsAt) < 2 ? 0 : int16(view, partitionsAt + 5);
}

function int16(view: DataView, at: number): number {
  return at < 0 || at + 2 > view.byteLength ? 0 : view.getInt16(at);
}

function int32(view: DataView, at: number): number {
  return at < 0 || at + 4 > view.byteLength ? 0 : view.getInt32(at);
}
