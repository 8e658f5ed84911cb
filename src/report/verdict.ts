import type { CaptureSummary } from '../capture/capture.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import type { Cause } from '../explain/explanation.ts';
import { amount, enumeration, lasting, milliseconds, thousands } from './amounts.ts';
import { shortTime } from './latency.ts';
import { type Naming, namingOf } from './naming.ts';
import { applicationProof } from './not-the-network.ts';
import type { DnsNameRow, Report, Verdict } from './report.ts';
import { spanSeconds, wholeSpan } from './times.ts';

/** What a verdict is made from. As long as a policy is suspected of a silence, no other cause of it is proven. */
export type VerdictInput = Pick<
  Report,
  | 'captures'
  | 'findings'
  | 'causes'
  | 'policySuspects'
  | 'conversations'
  | 'dns'
  | 'latencies'
  | 'names'
  | 'seenNames'
>;

/** Findings that say how far the capture can be trusted; on their own they accuse no network. */
const ABOUT_THE_CAPTURE: ReadonlySet<string> = new Set([
  'captured-twice',
  'one-way-capture',
  'capture-incomplete',
  'damaged-capture',
]);

/** Why a capture may be empty, most frequent first; printed where there is nothing else to print. */
export const EMPTY_CAPTURE_REASONS: readonly string[] = [
  'the application sent nothing while the capture ran: trigger it, or trace for longer (--duration 5m)',
  'another replica does the work: trace that pod',
  'the traffic stays inside the pod (127.0.0.1, a sidecar): trace with -i lo, or with -i any',
  'if a filter was given, it may match nothing: trace without --filter',
];

/** The outcome and the one sentence that a reader takes away. */
export function verdict(input: VerdictInput): Verdict {
  const wrong = input.findings.filter(
    (finding) => finding.severity !== 'info' && !ABOUT_THE_CAPTURE.has(finding.id),
  );
  const proof = applicationProof(input);
  if (proof !== '') return { outcome: 'not-the-network', text: applicationText(input, wrong, proof) };
  if (wrong.length > 0) return { outcome: 'findings', text: findingsText(input, wrong) };
  const distrust = input.findings.filter(
    (finding) => finding.severity !== 'info' && ABOUT_THE_CAPTURE.has(finding.id),
  );
  if (packetsOf(input.captures) === 0) return emptyVerdict(input, distrust);
  if (distrust.length > 0) {
    return {
      outcome: 'incomplete',
      text: sentence(
        `The capture is not complete enough to call the network fine: ${lowerFirst(trimStop(distrust[0]?.text ?? ''))}`,
      ),
    };
  }
  if (input.conversations.length === 0 && input.dns.length === 0) {
    return {
      outcome: 'no-traffic',
      text: `No connection and no query was captured, only ${amount(packetsOf(input.captures), 'packet')} of other kinds; this does not mean that the network is fine.`,
    };
  }
  return isUnjudged(input.conversations)
    ? unjudgedVerdict(input)
    : { outcome: 'healthy', text: healthyText(input) };
}

function findingsText(input: VerdictInput, wrong: readonly Finding[]): string {
  const naming = namingOf(input, 'full');
  const worst = wrong[0];
  if (worst === undefined) return '';
  const cause = provenCause(input, worst);
  const others = wrong.filter(
    (finding) => !(cause === undefined ? finding === worst : explains(input, cause, finding)),
  );
  const head = cause === undefined ? symptomText(input, naming, worst) : causeText(naming, cause, worst);
  return sentence(`${head}${furtherText(others)}`);
}

/** "It is not the network: from pod/client to svc/catalog:80, 3 of 40 requests …; 40 of 40 handshakes answered …". */
function applicationText(input: VerdictInput, wrong: readonly Finding[], proof: string): string {
  const [worst, ...others] = wrong;
  if (worst === undefined) return '';
  const cause = provenCause(input, worst);
  const rest = cause === undefined ? others : wrong.filter((finding) => !explains(input, cause, finding));
  const what = lowerFirst(cause?.text ?? placedText(namingOf(input, 'full'), worst));
  const sureness = cause?.confidence === 'likely' ? 'likely ' : '';
  return sentence(`It is not the network: ${sureness}${trimStop(what)}; ${proof}${furtherText(rest)}`);
}

/** "Service shop/payments has no endpoints …; none of 12 connections from pod/client got through". */
function causeText(naming: Naming, cause: Cause, worst: Finding): string {
  const prefix = cause.confidence === 'likely' ? 'Likely: ' : '';
  return `${prefix}${trimStop(cause.text)}${effectText(naming, worst)}`;
}

/** What it did to the traffic: the count that proves it, "" where nothing was counted. */
function effectText(naming: Naming, finding: Finding): string {
  const { attempts, succeeded } = finding.details;
  if (attempts === undefined || attempts === 0 || finding.details.walks !== undefined) return '';
  const { one, many, done, failed } = attemptWords(finding);
  const through = succeeded ?? attempts - finding.count;
  const from = finding.client === '' ? '' : ` from ${naming.host(finding.client)}`;
  const whole = `${amount(attempts, one, many)}${from}`;
  if (through <= 0)
    return attempts === 1 ? `; the only ${one}${from} ${failed}` : `; none of ${whole} ${done}`;
  return `; ${thousands(through)} of ${whole} ${done}`;
}

/** What was attempted, and the words for how it ended: an HTTP request that was answered with an error got through. */
function attemptWords({ id }: Finding): Readonly<Record<'one' | 'many' | 'done' | 'failed', string>> {
  if (id.startsWith('dns-')) return { one: 'query', many: 'queries', done: 'succeeded', failed: 'failed' };
  if (id.startsWith('http-') || id === 'grpc-error')
    return { one: 'request', many: 'requests', done: 'succeeded', failed: 'failed' };
  return { one: 'connection', many: 'connections', done: 'got through', failed: 'did not get through' };
}

/** The symptom alone, with what stands in the way of naming a cause. */
function symptomText(input: VerdictInput, naming: Naming, worst: Finding): string {
  const symptom = placedText(naming, worst);
  if (worst.severity !== 'error') return symptom;
  const index = input.findings.indexOf(worst);
  const suspect = input.policySuspects.find(({ findingIndexes }) => findingIndexes.includes(index));
  if (suspect !== undefined) return `${symptom}; cause not proven, ${trimStop(suspect.text)}`;
  const possible = input.causes.some((cause) => explains(input, cause, worst))
    ? ', what is possible stands below'
    : '';
  return `${symptom}; cause not proven${possible}`;
}

/** "From pod/client.shop to svc/payments.shop:443, all 12 connections got no answer": a finding's text names no ends. */
function placedText(naming: Naming, finding: Finding): string {
  const text = trimStop(naming.sentence(finding.text));
  const from = finding.client === '' ? '' : `From ${naming.host(finding.client)}`;
  const to = finding.server === '' ? '' : `${from === '' ? 'To' : ' to'} ${naming.endpoint(finding.server)}`;
  return from === '' && to === '' ? text : `${from}${to}, ${lowerFirst(text)}`;
}

function furtherText(others: readonly Finding[]): string {
  const errors = others.filter((finding) => finding.severity === 'error').length;
  const warnings = others.length - errors;
  const parts = [
    errors > 0 ? amount(errors, 'more error') : '',
    warnings > 0 ? amount(warnings, errors > 0 ? 'warning' : 'more warning') : '',
  ];
  const text = enumeration(parts.filter((part) => part !== ''));
  return text === '' ? '' : `; ${text} below`;
}

/** The best cause of the worst finding; below "likely" the symptom is said instead of a cause. */
function provenCause(input: VerdictInput, worst: Finding): Cause | undefined {
  return input.causes.find((cause) => cause.confidence !== 'possible' && explains(input, cause, worst));
}

function explains(input: VerdictInput, cause: Cause, finding: Finding): boolean {
  return cause.findingIndexes.includes(input.findings.indexOf(finding));
}

function emptyVerdict(input: VerdictInput, distrust: readonly Finding[]): Verdict {
  const problem = distrust[0]?.text ?? input.captures.flatMap((capture) => capture.problems)[0];
  if (problem !== undefined)
    return {
      outcome: 'incomplete',
      text: sentence(`No packet could be read: ${lowerFirst(trimStop(problem))}`),
    };
  const where = enumeration(
    input.captures.map((capture) => capture.vantagePoint),
    3,
  );
  return {
    outcome: 'no-traffic',
    text: sentence(
      `No packet was captured${where === '' ? '' : ` at ${where}`}; this does not mean that the network is fine, most likely nothing was sent there meanwhile`,
    ),
  };
}

/** Nothing that could fail was seen from its beginning to its end. */
function isUnjudged(groups: readonly ConversationGroup[]): boolean {
  return (
    groups.length > 0 &&
    groups.every(({ outcomes }) => outcomes.answered === 0 && outcomes.unjudged + outcomes.pending > 0)
  );
}

function unjudgedVerdict(input: VerdictInput): Verdict {
  const conversations = sum(input.conversations, (group) => group.conversations);
  const pending = sum(input.conversations, (group) => group.outcomes.pending);
  const why =
    pending === conversations
      ? 'too young at the end of the capture to be judged'
      : 'open before the capture began, seen in one direction only, or too young to be judged';
  return {
    outcome: 'incomplete',
    text: `None of ${amount(conversations, 'conversation')} can be judged: ${why}; capture for longer, or restart the application meanwhile.`,
  };
}

function healthyText(input: VerdictInput): string {
  const conversations = sum(input.conversations, (group) => group.conversations);
  const failedCount = sum(input.conversations, failuresOf);
  const queries = sum(input.dns, (row: DnsNameRow) => row.queries);
  const { firstSeen, lastSeen } = wholeSpan(input.captures);
  const seconds = spanSeconds(firstSeen, lastSeen);
  const seen = enumeration([
    amount(conversations, 'conversation'),
    ...(queries > 0 ? [amount(queries, 'DNS query', 'DNS queries')] : []),
  ]);
  const result =
    failedCount === 0
      ? 'and none failed'
      : `and ${thousands(failedCount)} failed, ${isExplained(input) ? 'which is no fault, as told below' : 'too few to call it a fault'}`;
  return `No network problem seen: ${seen} in ${lasting(Math.max(1, seconds))}, ${result}${slowServer(input)}.`;
}

/** Whether failed connections are told as information: probes of a pod that starts, the slower of two addresses. */
function isExplained({ findings }: VerdictInput): boolean {
  return findings.some(({ id }) => id === 'tcp-refused' || id === 'tcp-syn-no-answer');
}

/** "; where it was slow it was the server: svc/catalog:80 took at most 3.1 s to answer, the round trip 0.4 ms". */
function slowServer(input: VerdictInput): string {
  const slowest = input.latencies.find(({ whose }) => whose === 'server');
  if (slowest === undefined || slowest.serverMs === null) return '';
  const server = namingOf(input, 'full').endpoint(slowest.server);
  return `; where it was slow it was the server: ${server} took at most ${milliseconds(slowest.serverMs)} to answer, the round trip ${shortTime(slowest.networkMs)}`;
}

/** Attempts of a group that ended badly. */
export function failuresOf(group: ConversationGroup): number {
  const { refused, rejected, silent, answeredByOther } = group.outcomes;
  return refused + rejected + silent + answeredByOther;
}

function packetsOf(captures: readonly CaptureSummary[]): number {
  return sum(captures, (capture) => capture.packets);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function trimStop(text: string): string {
  return text.trim().replace(/[.…]+$/, '');
}

/** "The kernel …" inside a sentence; names and abbreviations stay as they are. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** One full stop at its end. */
function sentence(text: string): string {
  return `${trimStop(text)}.`;
}
