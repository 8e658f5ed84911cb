import { untilSecond } from '../conversations/observe.ts';
import { certificate } from '../packets/certificates.ts';
import { ascii, join, u8 } from '../packets/octets.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import {
  alert,
  applicationData,
  certificateMessage,
  certificateRequest,
  changeCipherSpec,
  clientHello,
  clientKeyExchange,
  inRecord,
  serverHello,
  serverHelloDone,
} from '../packets/tls.ts';
import { port, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const sni = 'shop.example';
const client = (...says: Uint8Array[]): Turn => ({ by: 'client', says: join(...says) });
const server = (...says: Uint8Array[]): Turn => ({ by: 'server', says: join(...says) });
const acknowledged: Turn = { by: 'server' };
const hello = client(inRecord(clientHello({ sni })));
const serverEnds: Turn = { by: 'server', flags: 'FA' };
const tls12 = (name: Parameters<typeof certificate>[0]): Turn =>
  server(inRecord(serverHello({ version: 0x0303 }), certificateMessage(certificate(name)), serverHelloDone));
const finished = [client(inRecord(clientKeyExchange), changeCipherSpec), server(changeCipherSpec)];
const goesOn = [...finished, client(applicationData), server(applicationData)];
const http = client(ascii('GET / HTTP/1.1\r\nHost: shop\r\n\r\n'));
const tlsTalk = (...turns: Turn[]): WrittenFrame[] => talk(way, turns);
const unanswered = [hello, acknowledged] as const;
const tls13 = [
  hello,
  server(inRecord(serverHello()), changeCipherSpec, applicationData),
  client(changeCipherSpec, applicationData),
];

/** What the detectors of TLS and of first words say, and do not say. */
export const tlsStories: readonly Story[] = [
  story('tls-alert', 'the server refuses the version', tlsTalk(hello, server(alert(70))), {
    severity: 'error',
    confidence: 'high',
    server: to,
    count: 1,
    frames: [4, 5],
    text: 'the server ended a TLS handshake with the alert protocol_version (70) for shop.example, offered up to TLS 1.2',
    details: { attempts: 1, tls: { names: [sni], protocols: [], alert: { from: 'server', code: 70 } } },
  }),
  story(
    'tls-alert',
    'two clients’ connections do not trust the server',
    [0, 1].flatMap((i) => talk({ ...port(i), time: i }, [hello, tls12('valid'), client(alert(48))])),
    {
      count: 2,
      text: "the client ended 2 TLS handshakes with the alert unknown_ca (48) for shop.example, TLS 1.2; the server's certificate is for shop.example, signed by Test CA",
    },
  ),
  story('tls-alert', 'a warning', tlsTalk(hello, server(alert(112, 1), inRecord(serverHello())), ...goesOn)),
  story(
    'tls-alert',
    'a close_notify, and what looks like an alert in encrypted data',
    tlsTalk(...tls13, client(alert(0, 1))),
  ),
  story('tls-alert', 'a close_notify that claims to be fatal', tlsTalk(hello, server(alert(0)))),
  story('tls-alert', 'an alert of a connection whose hello was not seen', talk(way, [server(alert(40))])),

  story('tls-no-server-hello', 'the server closes', tlsTalk(...unanswered, serverEnds), {
    severity: 'error',
    count: 1,
    frames: [4],
    text: 'no answer to a ClientHello for shop.example: the server closed the connection',
    details: { by: 'server', tls: { names: [sni] } },
  }),
  story('tls-no-server-hello', 'the server resets', tlsTalk(...unanswered, { by: 'server', flags: 'R' }), {
    frames: [4, 6],
    text: '…the server reset the connection',
  }),
  story(
    'tls-no-server-hello',
    'a mesh’s proxy asks a program without one',
    tlsTalk(client(inRecord(clientHello({ sni, alpn: ['istio', 'h2'] }))), acknowledged, serverEnds),
    { details: { by: 'server', tls: { names: [sni], protocols: ['istio', 'h2'] } } },
  ),
  story('tls-no-server-hello', 'silence', [...tlsTalk(...unanswered), ...untilSecond(4)], {
    text: '…nothing came for at least 3 s',
  }),
  story(
    'tls-no-server-hello',
    'the client gives up after a while',
    tlsTalk(...unanswered, { by: 'client', flags: 'RA', after: 2 }),
    { text: '…the client gave up' },
  ),
  story(
    'tls-no-server-hello',
    'a client that closes at once',
    tlsTalk(...unanswered, { by: 'client', flags: 'RA' }),
  ),
  story('tls-no-server-hello', 'the end of the capture', [...tlsTalk(...unanswered), ...untilSecond(2)]),
  story('tls-no-server-hello', 'a hello that nobody acknowledged', [...tlsTalk(hello), ...untilSecond(9)]),
  story('tls-no-server-hello', 'half a hello', [
    ...tlsTalk(client(inRecord(clientHello({ sni, padding: 900 })).subarray(0, 400)), acknowledged),
    ...untilSecond(9),
  ]),
  story('tls-no-server-hello', 'an alert', tlsTalk(hello, server(alert(40)), serverEnds)),
  story(
    'tls-no-server-hello',
    'an answer that the capture missed',
    tlsTalk(...unanswered, server(new Uint8Array(900)), { by: 'client' }, serverEnds).toSpliced(5, 1),
  ),

  story('wrong-protocol', 'HTML for a ClientHello', tlsTalk(hello, server(ascii('<html>400 Bad Request'))), {
    severity: 'error',
    frames: [4, 5],
    text: "the client speaks TLS, but the server's answer is: HTML",
    details: { spoke: { asked: 'TLS', answered: 'HTML' }, tls: { names: [sni] } },
  }),
  story(
    'wrong-protocol',
    'an HTTP response for a ClientHello, twice',
    [0, 1].flatMap((i) =>
      talk({ ...port(i), time: i }, [hello, server(ascii('HTTP/1.1 400 Bad Request\r\n\r\n'))]),
    ),
    {
      count: 2,
      text: "the client speaks TLS, but the server's answer is: HTTP/1 response, in 2 connections",
    },
  ),
  story(
    'wrong-protocol',
    'HTTP to a server that greets as SSH',
    tlsTalk(server(ascii('SSH-2.0-OpenSSH_9.7\r\n')), http),
    {
      text: "the client speaks HTTP/1, but the server's answer is: SSH banner",
    },
  ),
  story(
    'wrong-protocol',
    'mail',
    tlsTalk(server(ascii('220 mail ESMTP\r\n')), client(ascii('EHLO shop\r\n'))),
  ),
  story('wrong-protocol', 'TLS', tlsTalk(...tls13)),
  story('wrong-protocol', 'bytes that nobody knows', tlsTalk(hello, server(u8(1, 2, 3, 4, 5, 6, 7, 8, 9)))),

  story(
    'tls-client-certificate',
    'the client has none',
    tlsTalk(
      hello,
      server(inRecord(serverHello({ version: 0x0303 })), inRecord(certificateRequest, serverHelloDone)),
      client(inRecord(certificateMessage(), clientKeyExchange), changeCipherSpec),
      server(alert(40)),
    ),
    {
      severity: 'error',
      frames: [5, 7],
      text: 'the server requires a client certificate and the client has none: a TLS handshake for shop.example ended with handshake_failure (40)',
    },
  ),
  story(
    'tls-client-certificate',
    'the server goes on without one',
    tlsTalk(
      hello,
      server(inRecord(serverHello({ version: 0x0303 })), inRecord(certificateRequest, serverHelloDone)),
      client(inRecord(certificateMessage(), clientKeyExchange), changeCipherSpec),
      server(changeCipherSpec, applicationData),
    ),
  ),
  story('tls-client-certificate', 'an alert about something else', tlsTalk(hello, server(alert(40)))),

  story('tls-bad-certificate', 'expired and refused', tlsTalk(hello, tls12('expired'), client(alert(45))), {
    severity: 'error',
    frames: [5],
    text: "the server's certificate for shop.example expired on 2021-01-01; the client refused it",
    details: {
      tls: {
        names: [sni],
        protocols: [],
        problem: 'expired',
        reaction: 'refused',
        certificate: { subject: sni, notAfter: '2021-01-01T00:00:00.000Z' },
      },
    },
  }),
  story('tls-bad-certificate', 'expired, and nobody minds', tlsTalk(hello, tls12('expired'), ...goesOn), {
    severity: 'warning',
  }),
  story('tls-bad-certificate', 'not valid yet', tlsTalk(hello, tls12('future'), ...goesOn), {
    severity: 'warning',
    text: "the server's certificate for shop.example is not valid before 2039-01-01",
  }),
  story(
    'tls-bad-certificate',
    'for another name, and refused',
    tlsTalk(client(inRecord(clientHello({ sni: 'other.example' }))), tls12('valid'), client(alert(42))),
    {
      severity: 'warning',
      text: "the server's certificate for shop.example does not hold for other.example (it holds for shop.example, *.shop.example, 10.96.3.4); the client refused it",
    },
  ),
  story(
    'tls-bad-certificate',
    'for another name, and the client leaves',
    tlsTalk(client(inRecord(clientHello({ sni: 'other.example' }))), tls12('valid'), ...finished, {
      by: 'client',
      flags: 'FA',
    }),
    { severity: 'warning', text: '…; the client left without a request' },
  ),
  story(
    'tls-bad-certificate',
    'for another name, and nobody minds',
    tlsTalk(client(inRecord(clientHello({ sni: 'other.example' }))), tls12('valid'), ...goesOn),
    { severity: 'info' },
  ),
  story(
    'tls-bad-certificate',
    'self-signed',
    tlsTalk(client(inRecord(clientHello())), tls12('selfSigned'), ...goesOn),
    {
      severity: 'info',
      text: "the server's certificate for Kubernetes Ingress Controller Fake Certificate is signed with its own key",
    },
  ),
  story('tls-bad-certificate', 'a valid one', tlsTalk(hello, tls12('valid'), ...goesOn)),
  story('tls-bad-certificate', 'a mesh’s, which names no host', tlsTalk(hello, tls12('mesh'), ...goesOn)),
  story('tls-bad-certificate', 'TLS 1.3', tlsTalk(...tls13)),
];
