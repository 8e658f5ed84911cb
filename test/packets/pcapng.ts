import { LinkType } from './link.ts';
import { addressOctets, ascii, join, padTo, u8 } from './octets.ts';
import { writer } from './pcap.ts';
import type { Writer } from './pcap.ts';

/** Writes the blocks of one section, in its byte order. */
export interface Section {
  /** The section header itself; to be written first. */
  readonly header: Uint8Array;
  /** Any block: type, body (padded), lengths. */
  block(type: number, body: Uint8Array): Uint8Array;
  interface(description?: InterfaceDescription): Uint8Array;
  /** Enhanced Packet Block; `ticks` counts units of the interface since 1970. */
  packet(packet: {
    ticks: bigint;
    bytes: Uint8Array;
    interfaceId?: number;
    originalLength?: number;
    comment?: string;
  }): Uint8Array;
  simplePacket(bytes: Uint8Array, originalLength?: number): Uint8Array;
  /** The obsolete Packet Block. */
  oldPacket(packet: { ticks: bigint; bytes: Uint8Array; interfaceId?: number }): Uint8Array;
  /** Name Resolution Block; each record is an address of 4 or 16 bytes and its names. */
  names(records: readonly { readonly address: string; readonly names: readonly string[] }[]): Uint8Array;
  statistics(drops: { interfaceId?: number; byInterface?: bigint; bySystem?: bigint }): Uint8Array;
}

export interface InterfaceDescription {
  readonly linkType?: number;
  readonly snapLength?: number;
  /** The byte of if_tsresol: n for 10^-n, 0x80 | n for 2^-n seconds. */
  readonly resolution?: number;
  /** if_tsoffset in seconds. */
  readonly offsetSeconds?: bigint;
  /** if_name. */
  readonly name?: string;
}

const halves = (value: bigint): [number, number] => [
  Number((value >> 32n) & 0xffffffffn),
  Number(value & 0xffffffffn),
];

/** A section of a pcapng capture. */
export function section(littleEndian: boolean): Section {
  const write = writer(littleEndian);
  const { u16, u32 } = write;
  const block = (type: number, body: Uint8Array): Uint8Array => {
    const padded = padTo(4, body);
    return join(u32(type, padded.length + 12), padded, u32(padded.length + 12));
  };
  return {
    header: block(0x0a0d0d0a, join(u32(0x1a2b3c4d), u16(1, 0), u32(0xffffffff, 0xffffffff))),
    block,
    interface: (description = {}) => interfaceBlock(block, write, littleEndian, description),
    packet: ({ ticks, bytes, interfaceId = 0, originalLength = bytes.length, comment }) =>
      block(
        6,
        join(
          u32(interfaceId, ...halves(ticks), bytes.length, originalLength),
          padTo(4, bytes),
          comment === undefined ? u8() : join(option(write, 1, ascii(comment)), u16(0, 0)),
        ),
      ),
    simplePacket: (bytes, originalLength = bytes.length) => block(3, join(u32(originalLength), bytes)),
    oldPacket: ({ ticks, bytes, interfaceId = 0 }) =>
      block(2, join(u16(interfaceId, 0), u32(...halves(ticks), bytes.length, bytes.length), bytes)),
    names: (records) =>
      block(
        4,
        join(
          ...records.map(({ address, names }) => {
            const value = join(addressOctets(address), ...names.map((name) => ascii(`${name}\0`)));
            return option(write, address.includes(':') ? 2 : 1, value);
          }),
          u16(0, 0),
        ),
      ),
    statistics: ({ interfaceId = 0, byInterface, bySystem }) =>
      block(
        5,
        join(
          u32(interfaceId, 0, 0),
          byInterface === undefined ? u8() : option(write, 5, u64(littleEndian, byInterface)),
          bySystem === undefined ? u8() : option(write, 7, u64(littleEndian, bySystem)),
          u16(0, 0),
        ),
      ),
  };
}

function interfaceBlock(
  block: Section['block'],
  write: Writer,
  littleEndian: boolean,
  { linkType = LinkType.Ethernet, snapLength = 0, resolution, offsetSeconds, name }: InterfaceDescription,
): Uint8Array {
  return block(
    1,
    join(
      write.u16(linkType, 0),
      write.u32(snapLength),
      resolution === undefined ? u8() : option(write, 9, u8(resolution)),
      offsetSeconds === undefined ? u8() : option(write, 14, u64(littleEndian, offsetSeconds)),
      name === undefined ? u8() : option(write, 2, ascii(name)),
      write.u16(0, 0),
    ),
  );
}

/** An option of a block, padded. */
export function option({ u16 }: Writer, code: number, value: Uint8Array): Uint8Array {
  return join(u16(code, value.length), padTo(4, value));
}

function u64(littleEndian: boolean, value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt.asIntN(64, value), littleEndian);
  return new Uint8Array(view.buffer);
}
