import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import { IcmpNews } from '../conversations/icmp-errors.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';
import { isRouteProbe, quotedFlow } from './icmp-flows.ts';

const FRAGMENTS_LOST = 1;
/** A packet that goes in circles dies at one of the routers of the circle; a traced route names each router. */
const MOST_ROUTERS_IN_LOOP = 2;
const MIN_ERRORS = 3;

/*
 * Seen: ICMP "time exceeded" for TCP or UDP packets.
 * Means: the packets ran in circles between routers until their time to live was used up, or (code 1)
 * fragments of a packet did not arrive.
 * False positives: traceroute asks for these errors; it is known by its ports, and by the row of routers.
 */
function detect(observations: Observations): Finding[] {
  const seen = observations.icmpErrors.filter(
    (errors) => errors.news === IcmpNews.TimeExceeded && errors.protocol !== 0 && !isRouteProbe(errors),
  );
  const byFlow = Map.groupBy(
    seen,
    (errors) => `${errors.source} ${errors.target} ${errors.targetPort} ${errors.protocol} ${errors.code}`,
  );
  return [...byFlow.values()].map((all) => {
    const [first] = all as [IcmpErrors];
    const flow = quotedFlow(first);
    const evidence = joinEvidence(all.map(({ tally }) => tally));
    const routers = [...new Set(all.map(({ sender }) => sender))];
    const lostFragments = first.code === FRAGMENTS_LOST;
    const isLoop = !lostFragments && routers.length <= MOST_ROUTERS_IN_LOOP && evidence.count >= MIN_ERRORS;
    const what = lostFragments ? 'not all fragments arrived' : 'the time to live was used up on the way';
    return finding(observations, 'ttl-exceeded', evidence, {
      severity: isLoop ? 'error' : lostFragments && evidence.count >= MIN_ERRORS ? 'warning' : 'info',
      confidence: isLoop ? 'medium' : 'low',
      client: flow.client,
      server: flow.server,
      protocol: flow.protocol,
      text: `${plural(evidence.count, 'ICMP error')} "time exceeded" from ${routers.slice(0, 3).join(', ')} for ${flow.packets}: ${what}`,
      details: {},
    });
  });
}

/** I2: packets die on their way, in a loop between routers or for want of a fragment. */
export const ttlExceeded: Detector = {
  id: 'ttl-exceeded',
  severity: 'error',
  doc: {
    title: 'Packets use up their time to live',
    seen: 'ICMP "time exceeded" errors quote TCP or UDP packets.',
    meaning:
      'The packets are sent in circles between routers and never arrive. With code 1, fragments were lost and a packet could not be put together.',
    causes: [
      'two nodes or routers each think that the other one knows the way to the address (a stale route of a node that is gone)',
      'a Service or pod address that no node owns and that the default route sends back',
      'code 1: fragments are dropped on the way, often by a firewall',
    ],
    misleads: [
      'Traceroute and mtr ask for such errors; they are known by their ports and by naming a new router each time.',
    ],
    next: [
      'ip route get ADDRESS   (on the node, then on the router that sent the error)',
      'kubectl get nodes -o wide',
    ],
  },
  detect,
};
