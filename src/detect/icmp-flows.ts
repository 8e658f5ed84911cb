import { endpointText } from '../conversations/address.ts';
import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import type { Finding } from './finding.ts';

/** Ports that traceroute sends UDP to (traceroute(8): 33434, one more for each probe). */
const TRACEROUTE_PORTS = { first: 33434, last: 33534 } as const;
const NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  4: 'IP in IP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6 in IPv4',
  47: 'GRE',
  50: 'ESP',
  58: 'ICMPv6',
  132: 'SCTP',
};

/** Client and server of the packets that errors quote, and how to name those packets. */
export interface QuotedFlow {
  readonly client: string;
  readonly server: string;
  readonly protocol: Finding['protocol'];
  /** Such as "UDP packets to 10.1.2.3:111". */
  readonly packets: string;
}

/** What the quoted packets were. */
export function quotedFlow(errors: IcmpErrors): QuotedFlow {
  const { source, target, sourcePort, targetPort, quotesReply } = errors;
  if (errors.protocol === 0)
    return {
      client: source,
      server: '',
      protocol: '',
      packets: 'packets that cannot be told from the quote',
    };
  const protocol = errors.protocol === 6 ? 'TCP' : errors.protocol === 17 ? 'UDP' : '';
  const name = NAMES[errors.protocol] ?? `IP protocol ${errors.protocol}`;
  const end = (address: string, port: number): string =>
    protocol === '' ? address : endpointText(address, port);
  if (quotesReply) {
    const server = end(source, sourcePort);
    return { client: target, server, protocol, packets: `${name} packets from ${server} to ${target}` };
  }
  const server = end(target, targetPort);
  return { client: source, server, protocol, packets: `${name} packets from ${source} to ${server}` };
}

/** Whether the quoted packets look like those of traceroute, ping or mtr, which ask for such errors. */
export function isRouteProbe(errors: IcmpErrors): boolean {
  if (errors.protocol === 1 || errors.protocol === 58) return true;
  return (
    errors.protocol === 17 &&
    errors.targetPort >= TRACEROUTE_PORTS.first &&
    errors.targetPort <= TRACEROUTE_PORTS.last
  );
}
