import { createCipheriv } from 'node:crypto';
import { clientKeys, QUIC_V1, QUIC_V2 } from '../../src/applications/quic-initial.ts';
import { join, u16, u32, u8 } from './octets.ts';

/** A CRYPTO frame (RFC 9000 §19.6) with a piece of a handshake message. */
export function cryptoFrame(offset: number, piece: Uint8Array): Uint8Array {
  return join(u8(6), u16(0x4000 | offset, 0x4000 | piece.length), piece);
}

export interface Initial {
  readonly version?: number;
  readonly dcid?: Uint8Array;
  /** Whose keys protect it; its own id's unless said otherwise. */
  readonly keysOf?: Uint8Array;
  readonly number?: number;
  readonly token?: Uint8Array;
  readonly frames: Uint8Array;
}

const DCID = u8(1, 2, 3, 4, 5, 6, 7, 8);

/** A client's Initial packet (RFC 9000 §17.2.2), protected, padded to 1200 bytes. */
export function initialPacket(packet: Initial): Uint8Array {
  const { version = QUIC_V1, dcid = DCID, keysOf = dcid, number = 0, token = u8(), frames } = packet;
  const keys = clientKeys(version, keysOf);
  const start = join(
    u8(version === QUIC_V2 ? 0xd1 : 0xc1),
    u32(version),
    u8(dcid.length),
    dcid,
    u8(0, token.length),
    token,
  );
  const clear = join(frames, new Uint8Array(Math.max(0, 1200 - start.length - 4 - 16 - frames.length)));
  const header = join(start, u16(0x4000 | (2 + clear.length + 16), number));
  const nonce = Buffer.from(keys.iv);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ number, 10);
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce);
  cipher.setAAD(header);
  const sealed = join(cipher.update(clear), cipher.final(), cipher.getAuthTag());
  const mask = createCipheriv('aes-128-ecb', keys.headerProtection, null).update(sealed.subarray(2, 18));
  const protectedHeader = header.slice();
  const flip = (at: number, bits: number): void => {
    protectedHeader[at] = (protectedHeader[at] as number) ^ bits;
  };
  flip(0, (mask[0] as number) & 0x0f);
  flip(header.length - 2, mask[1] as number);
  flip(header.length - 1, mask[2] as number);
  return join(protectedHeader, sealed);
}
