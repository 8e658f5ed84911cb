import { addressText } from '../../src/conversations/address.ts';
import { dissect } from '../../src/dissect/index.ts';
import { Fault, Packet, PacketKind } from '../../src/dissect/packet.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';

/** A frame as two independent programs can both describe it. */
export interface FrameRow {
  /** "seconds.micros captured original". */
  readonly frame: string;
  /**
   * "tcp 10.0.0.1 40000 > 10.0.0.2 80", without ports "10.0.0.1 > 10.0.0.2", of the innermost packet; "": not IP.
   * null: one of its headers was cut, of which some programs print what is there.
   */
  readonly ends: string | null;
}

/** What our reader and dissectors see in a capture, by frame number. */
export function ownRows(capture: Uint8Array): Map<number, FrameRow> {
  const rows = new Map<number, FrameRow>();
  const packet = new Packet();
  const reader = new CaptureReader({
    frame(frame) {
      const time = reader.clock.format(frame.timeNs);
      const epoch = time === '' ? '' : `${Date.parse(`${time.slice(0, 19)}Z`) / 1e3}.${time.slice(20, 26)}`;
      dissect(frame, packet);
      rows.set(frame.number, {
        frame: `${epoch} ${frame.capturedLength} ${frame.originalLength}`,
        ends: endsOf(packet),
      });
    },
  });
  reader.write(capture);
  reader.end();
  return rows;
}

function endsOf(packet: Packet): string | null {
  const { ipVersion, src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = packet;
  if (packet.fault !== Fault.None) return null;
  if (ipVersion === 0 || packet.kind === PacketKind.Arp) return '';
  const [source, target] = [
    addressText(ipVersion, src0, src1, src2, src3),
    addressText(ipVersion, dst0, dst1, dst2, dst3),
  ];
  const transport = packet.kind === PacketKind.Tcp ? 'tcp' : packet.kind === PacketKind.Udp ? 'udp' : '';
  if (transport === '') return `${source} > ${target}`;
  return `${transport} ${source} ${packet.srcPort} > ${target} ${packet.dstPort}`;
}
