import type { ApplicationProtocol } from './application.ts';
import { banners } from './banners.ts';
import { quic } from './quic.ts';
import { startTls } from './start-tls.ts';
import { tls } from './tls.ts';

/*
 * To add a protocol: a file with its parser and a row here. The order is that in which first bytes are tried;
 * a protocol whose signature is longer stands before one whose signature is shorter.
 */
export const applicationProtocols: readonly ApplicationProtocol[] = [tls, quic, startTls(banners)];
