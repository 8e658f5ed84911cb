/** Names of the error codes of Kafka's protocol that are met in the field. */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'unknown server error',
  1: 'offset out of range',
  3: 'unknown topic or partition',
  5: 'leader not available',
  6: 'not the leader',
  7: 'request timed out',
  8: 'broker not available',
  10: 'message too large',
  14: 'coordinator is loading',
  15: 'coordinator not available',
  16: 'not the coordinator',
  17: 'invalid topic',
  19: 'not enough replicas',
  20: 'not enough replicas after append',
  22: 'illegal generation',
  25: 'unknown member',
  27: 'rebalance in progress',
  29: 'topic authorization failed',
  30: 'group authorization failed',
  31: 'cluster authorization failed',
  33: 'unsupported SASL mechanism',
  34: 'illegal SASL state',
  35: 'unsupported version',
  41: 'not the controller',
  44: 'policy violation',
  47: 'producer fenced',
  53: 'transactional id authorization failed',
  56: 'storage error',
  58: 'SASL authentication failed',
  74: 'fenced leader epoch',
  81: 'group is full',
  82: 'fenced instance id',
  89: 'throttling quota exceeded',
};
/** Codes that say that the cluster, or the access to it, is at fault; clients get over the others by themselves. */
const AT_FAULT: ReadonlySet<number> = new Set([-1, 7, 8, 19, 20, 29, 30, 31, 33, 34, 53, 56, 58, 81]);

/** What a code means, "" if it is not known. */
export function kafkaCodeText(code: number): string {
  return NAMES[code] ?? '';
}

/** Whether a code says that the cluster, or the access to it, is at fault. */
export function isKafkaFault(code: number): boolean {
  return AT_FAULT.has(code);
}
