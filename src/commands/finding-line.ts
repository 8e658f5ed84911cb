import type { Finding } from '../detect/finding.ts';
import { plainText } from '../report/plain-text.ts';

/** "so far: 10:04:13 UTC  error  tcp-syn-no-answer  10.244.1.5 → 10.96.3.4:443: all 12 connections got no answer". */
export function findingLine({ firstSeen, severity, id, client, server, text }: Finding): string {
  const time = firstSeen.slice(11, 19);
  const ends = [client, server].filter((end) => end !== '').join(' → ');
  return `so far: ${time === '' ? '' : `${time} UTC  `}${severity}  ${id}  ${plainText(`${ends}: ${text}`)}`;
}
