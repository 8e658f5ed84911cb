import { addressKey } from '../cluster/address.ts';
import { count, packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';

/** What says that single packets get lost, whatever they are. */
const LOSSES: ReadonlySet<string> = new Set(['dns-no-answer', 'dns-late-reply', 'tcp-loss']);

/** Two queries at once from one port race for one entry in the node's connection tracking. */
export const dnsConntrackRace: Explainer = {
  id: 'dns-conntrack-race',
  doc: {
    title: 'Two DNS queries race for one entry of connection tracking',
    meaning:
      'The C library sends the questions for A and AAAA at once from one port. The node translates the DNS Service’s address for both at the same time, and the kernel drops the one whose entry comes second. The resolver repeats it after 5 seconds.',
    recognition:
      'Lookups through the DNS Service’s ClusterIP take 5 s, because of two queries from one port within 5 ms only one was answered, and its repetition is answered at once. Nothing else goes missing between the pod and the DNS Service.',
    caveats:
      'Plain loss of single datagrams looks the same, so it is never more than likely; growing insert_failed in conntrack -S on the pod’s node speaks for the race. With NodeLocal DNSCache there is no translation, and no race.',
    fix: 'Deploy NodeLocal DNSCache, or set single-request-reopen in the pod’s dnsConfig (glibc).',
  },
  explain(situation: Situation): Explained {
    const raced = situation.findings.filter(({ finding }) => finding.id === 'dns-race');
    const judged = raced.filter((placed) => isTranslated(placed, situation));
    return {
      causes: judged.map((placed) => cause(placed, situation)),
      unknowns:
        judged.length === 0
          ? []
          : [
              {
                what: 'whether the node’s connection tracking drops entries (insert_failed)',
                why: 'the nodes were not looked into',
                next: 'the same trace with --read-node',
              },
            ].filter(() => situation.facts.nodeNetworks === undefined),
    };
  },
};

/** Only what goes to a Service's address is translated, and not what NodeLocal DNSCache takes on the node itself. */
function isTranslated({ service, address }: PlacedFinding, { facts }: Situation): boolean {
  const local = facts.dnsServer?.nodeLocal?.addresses ?? [];
  return service !== null && !local.some((one) => addressKey(one) === addressKey(address));
}

/** Each unanswered query has one frame: the 5 s after which it is asked again were not over, or the program was. */
function isUnfinished({ finding }: PlacedFinding): boolean {
  return finding.id === 'dns-no-answer' && finding.frames.length === finding.count;
}

function cause(placed: PlacedFinding, situation: Situation): DraftCause {
  const beside = situation.findings.filter(
    ({ finding, address }) => address === placed.address && LOSSES.has(finding.id),
  );
  const others = beside.filter((one) => !isUnfinished(one));
  const confidence: CauseConfidence = others.length === 0 ? 'likely' : 'possible';
  const races = placed.finding.count;
  return {
    confidence,
    findingIndexes: [placed.index],
    text: `Of two queries at once from one port one is dropped, ${count(races, 'time')}, as when they race for one entry of the node’s connection tracking`,
    evidence: [
      packets(placed),
      `${placed.address} is the address of a Service, which the node translates for each query`,
      ...others.map(({ finding }) => `other queries were lost too (${finding.id}), so it may be plain loss`),
      ...beside
        .filter(isUnfinished)
        .map(
          ({ finding }) =>
            `${count(finding.count, 'question')} more had no answer and had not been asked again`,
        ),
    ],
    fix: [
      'deploy NodeLocal DNSCache; or, for programs with glibc, add to the pod template:',
      'spec:',
      '  dnsConfig:',
      '    options:',
      '    - name: single-request-reopen',
    ].join('\n'),
    next: 'conntrack -S   (on the pod’s node, twice: does insert_failed grow?)',
  };
}
