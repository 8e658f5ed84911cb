import type { Facts } from './facts.ts';
import { withoutZeros } from './facts.ts';
import type { CaptureTruth, TlsTruth, TruthRecord } from './truth.ts';
import { truthRecords } from './truth.ts';

/** What tshark, and an independent filter for packets that were captured twice, count in a capture; undefined: nothing is known. */
export function tsharkFactsOf(path: string): Facts | undefined {
  const records = truthRecords(path);
  const capture = records.find(({ kind }) => kind === 'capture') as (CaptureTruth & TruthRecord) | undefined;
  if (capture === undefined) return undefined;
  const { summary } = capture;
  const facts: Record<string, number> = {
    packets: capture.packets,
    'packets captured twice': summary.captured_twice,
    'TCP conversations': summary.tcp_streams,
    'TCP retransmissions': summary.retransmission_not_dup,
    'TCP spurious': summary.spurious_retransmission,
    'TCP out of order': summary.out_of_order,
    'connections refused': summary.refused_connects,
    'connections unanswered': summary.unanswered_connects,
    'DNS queries': summary.dns_queries,
  };
  for (const rcode of ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'])
    facts[`DNS ${rcode}`] = summary.dns_rcodes[rcode] ?? 0;
  for (const [state, count] of Object.entries(summary.tcp_states)) facts[`TCP state ${state}`] = count;
  facts['TCP packets without copies'] = records
    .filter(({ kind }) => kind === 'tcp')
    .reduce(
      (sum, { pkts_o: out, pkts_r: back, captured_twice: copies }) =>
        sum + Number(out) + Number(back) - Number(copies),
      0,
    );
  for (const record of records) addApplication(facts, record);
  return withoutZeros(facts);
}

function addApplication(facts: Record<string, number>, record: TruthRecord): void {
  const add = (name: string): void => {
    facts[name] = (facts[name] ?? 0) + 1;
  };
  if (record.kind === 'http2' || (record.kind === 'http' && record['what'] === 'response')) {
    const statuses = [record['status']].flat().map(Number);
    for (const status of statuses) if (status >= 200) add(`HTTP ${status}`);
  }
  if (record.kind !== 'tls') return;
  const tls = record as unknown as TlsTruth;
  const name = tls.sni ?? 'no name';
  if (tls.conn.startsWith('quic:') && tls.client_hello > 0) add(`QUIC to ${name}`);
  if (tls.conn.startsWith('tcp:') && tls.client_hello > 0 && tls.server_hello > 0)
    add(`TLS handshake for ${name}`);
  for (const { level, desc, from } of tls.alerts)
    if (level === 2) add(`TLS alert ${desc} from the ${from === 'orig' ? 'client' : 'server'}`);
}
