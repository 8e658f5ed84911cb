import type { DnsMessage } from '../dissect/dns.ts';
import { DnsRcode } from '../dissect/dns.ts';
import type { DnsName } from './dns-names.ts';
import { DnsTruncation } from './dns-truncation.ts';
import { noteExample } from './samples.ts';

/** A lookup in a cluster takes milliseconds; from here on users wait. */
const DELAYED_NS = 200e6;
const SLOW_NS = 1e9;

/** Counts an answer to a query for the name that was sent at `sentNs`. */
export function countDnsAnswer(
  name: DnsName,
  message: DnsMessage,
  sentNs: number,
  timeNs: number,
  queryFrame: number,
  answerFrame: number,
  clientPort: number,
): void {
  const tookNs = timeNs - sentNs;
  name.answers.add(tookNs);
  if (tookNs > DELAYED_NS) {
    const delayed = name.symptom(tookNs > SLOW_NS ? 'slow' : 'delayed');
    delayed.add(sentNs, timeNs, queryFrame, answerFrame);
    delayed.note('tookNs', tookNs);
    noteExample(delayed, clientPort);
  }
  if (message.truncated) (name.truncation ??= new DnsTruncation()).cut(timeNs, queryFrame, answerFrame);
  else name.truncation?.resolve(timeNs);
  switch (message.rcode) {
    case DnsRcode.NoError:
      if (message.answers > 0 || message.truncated) name.noError++;
      else name.noData++;
      break;
    case DnsRcode.NxDomain:
      noteExample(name.tally('nxdomain'), clientPort);
      name.tally('nxdomain').add(sentNs, timeNs, queryFrame, answerFrame);
      name.nxdomainAnswers.add(tookNs);
      break;
    case DnsRcode.ServFail:
      noteExample(name.tally('servfail'), clientPort);
      name.tally('servfail').add(sentNs, timeNs, queryFrame, answerFrame);
      break;
    case DnsRcode.Refused:
      noteExample(name.tally('refused'), clientPort);
      name.tally('refused').add(sentNs, timeNs, queryFrame, answerFrame);
      break;
    default:
      noteExample(name.tally('otherError'), clientPort);
      name.tally('otherError').add(sentNs, timeNs, queryFrame, answerFrame);
  }
}
