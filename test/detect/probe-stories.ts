import { syns } from '../conversations/observe.ts';
import { ascii } from '../packets/octets.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import { containing, port, rst, story, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const asked = (path: string, more = ''): Turn => ({
  by: 'client',
  says: ascii(`GET ${path} HTTP/1.1\r\nHost: shop\r\n${more}\r\n`),
});
const response = (status: number): Turn => ({
  by: 'server',
  says: ascii(`HTTP/1.1 ${status} Some Reason\r\nContent-Length: 0\r\n\r\n`),
});
const acknowledged: Turn = { by: 'server' };
const ok = response(200);
const probe = asked('/healthz', 'User-Agent: kube-probe/1.34\r\n');
const httpTalk = (...turns: Turn[]): WrittenFrame[] => talk(way, turns);

/** What is said, and not said, of the kubelet's probes. */
export const probeStories: readonly Story[] = [
  story('probe-failing', 'a status', httpTalk(probe, response(503), probe, response(503)), {
    severity: 'error',
    count: 2,
    text: '2 of 2 probes of the kubelet failed: status 503 ×2 (GET shop/healthz)',
  }),
  story(
    'probe-failing',
    'no response in time',
    httpTalk(probe, acknowledged, { by: 'client', flags: 'FA', after: 1 }),
    {
      severity: 'error',
      text: '1 of 1 probe of the kubelet failed: no response (GET shop/healthz)',
    },
  ),
  story(
    'probe-failing',
    'of a container that is starting',
    httpTalk(probe, response(404), probe, ok, probe, ok),
    {
      severity: 'info',
      text: containing('; all later ones succeeded'),
    },
  ),
  story('probe-failing', 'now and then', httpTalk(probe, ok, probe, response(404), probe, ok), {
    severity: 'warning',
    text: containing('; later ones succeeded'),
  }),
  story(
    'tcp-refused',
    'probes of a container that is starting',
    [...syns([0], way), rst(0.001), ...talk({ ...port(1), time: 5 }, [probe, ok])],
    { severity: 'info', text: '1 of 2 connections were refused by RST; later ones were accepted' },
  ),
  story(
    'tcp-refused',
    'a client beside the probes of a container that is starting',
    [
      ...syns([0], way),
      rst(0.001),
      ...talk({ ...port(1), time: 5 }, [probe, ok]),
      ...talk({ ...port(2), time: 6 }, [asked('/pay'), ok]),
    ],
    { severity: 'warning' },
  ),
  story(
    'tcp-refused',
    'probes that are answered, refused and answered',
    [
      ...talk({ ...port(1), time: 0 }, [probe, ok]),
      ...syns([5], port(2)),
      rst(5.001, 2),
      ...talk({ ...port(3), time: 9 }, [probe, ok]),
    ],
    { severity: 'warning' },
  ),
  story('probe-failing', 'a status of success', httpTalk(probe, response(302), probe, ok)),
  story('http-5xx', 'a probe', httpTalk(probe, response(503))),
  story(
    'http-no-response',
    'a probe',
    httpTalk(probe, acknowledged, { by: 'client', flags: 'FA', after: 1 }),
  ),
];
