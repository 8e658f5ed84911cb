import type { MeshLeg } from '../conversations/conversation.ts';
import { amount, thousands } from './amounts.ts';
import { labelled, type Sheet } from './layout.ts';

/** Rows that are shown; the JSON has all. */
const MAX_LEGS = 8;

/** What a mesh's proxies took over and passed on: "pod/a → Istio → svc/b:80: 12 connections, 12 of the proxy to pod/b:8080". */
export function meshLines(sheet: Sheet): string[] {
  const legs = sheet.report.meshLegs ?? [];
  const more = legs.length - MAX_LEGS;
  return labelled(sheet, 'MESH', [
    ...legs.slice(0, MAX_LEGS).map((leg) => legText(sheet, leg)),
    ...(more > 0 ? [`${thousands(more)} more: -o json`] : []),
  ]);
}

function legText({ naming }: Sheet, leg: MeshLeg): string {
  const onward = leg.onward.map(
    ({ client, server, connections }) =>
      `${thousands(connections)} from ${leg.direction === 'inbound' ? 'it' : naming.host(client)} to ${naming.endpoint(server)}`,
  );
  const passed =
    onward.length === 0
      ? "the proxy's own connections were not captured"
      : `passed on as ${onward.join(', ')}`;
  return `${naming.host(leg.client)} → ${leg.mesh}'s proxy (${leg.direction}) → ${naming.endpoint(leg.server)}: ${amount(leg.connections, 'connection')}, ${passed}`;
}
