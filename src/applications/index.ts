import type { ApplicationProtocol } from './application.ts';
import { banners } from './banners.ts';
import { http1 } from './http1.ts';
import { http2 } from './http2.ts';
import { kafka } from './kafka.ts';
import { mysql } from './mysql.ts';
import { postgresql } from './postgresql.ts';
import { proxyProtocol } from './proxy-protocol.ts';
import { quic } from './quic.ts';
import { redis } from './redis.ts';
import { startTls } from './start-tls.ts';
import { tls } from './tls.ts';
import { wireguard } from './wireguard.ts';

/*
 * To add a protocol: a file with its parser and a row here. The order is that in which first bytes are tried;
 * a protocol whose signature is longer stands before one whose signature is shorter.
 */
const protocols: readonly ApplicationProtocol[] = [
  tls,
  http2,
  http1,
  quic,
  wireguard,
  startTls(mysql),
  startTls(postgresql),
  redis,
  kafka,
  startTls(banners),
];

/** All protocols that are looked for. */
export const applicationProtocols: readonly ApplicationProtocol[] = [...protocols, proxyProtocol(protocols)];
