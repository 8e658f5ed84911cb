import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { observeCapture } from '../conversations/observe.ts';
import { corporaFolder } from './expectations.ts';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora, truthOf } from './truth.ts';

/** Captures in which another count than tshark's is right, with the reason. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'captures/connect/syn_no_synack_seen.pcap':
    'tshark waits for the rest of a body that the capture does not hold',
  'captures/format/raw_ip.pcap': 'tshark waits for the rest of a body that the capture does not hold',
  'captures/format/wlan_radiotap_http.pcap': 'a link type that is refused by name',
  'captures/retrans/dup_capture_http.pcap': 'tshark counts copies of a packet',
  'captures/retrans/dup_capture_loopback.pcapng':
    'tshark does not put a response together whose segments it has twice',
};

/** How often each final status was sent, as tshark says. */
function statusesByTshark(path: string): Record<string, number> {
  const [folder = '', ...rest] = path.split('/');
  const lines = readFileSync(join(corporaFolder, folder, 'truth', `${rest.join('__')}.json`), 'utf8').split(
    '\n',
  );
  const counts: Record<string, number> = {};
  for (const line of lines.filter((one) => one !== '')) {
    const record = JSON.parse(line) as { kind: string; what?: string; status?: number | string[] };
    const isResponse = record.kind === 'http2' || (record.kind === 'http' && record.what === 'response');
    for (const status of isResponse ? [record.status].flat() : []) {
      if (Number(status) >= 200) counts[String(status)] = (counts[String(status)] ?? 0) + 1;
    }
  }
  return counts;
}

function statusesByUs(path: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { events } of observeCapture(captureBytes(path)).groups) {
    for (const { fields, count } of events.ofKind('http-exchange')) {
      const status = String(fields['status']);
      if (status !== '101') counts[status] = (counts[status] ?? 0) + count;
    }
  }
  return counts;
}

const compared = capturePaths().filter((path) => truthOf(path) !== undefined && !(path in OTHERWISE));

test.runIf(hasCorpora)(`captures of HTTP are there ${CORPORA_HINT}`, () => {
  expect(compared.filter((path) => Object.keys(statusesByTshark(path)).length > 0).length).toBeGreaterThan(
    10,
  );
});

test.runIf(hasCorpora).each(compared)('%s: statuses of HTTP/1 and HTTP/2, as tshark counts them', (path) => {
  expect(statusesByUs(path)).toEqual(statusesByTshark(path));
});
