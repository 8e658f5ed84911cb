import type { LengthFraming } from '../applications/length-framing.ts';
import { beginsHead, mayBeginHead } from '../applications/http1-head.ts';
import { beginsMysql, mysqlFraming } from '../applications/mysql.ts';
import { beginsPostgresql, postgresqlFraming } from '../applications/postgresql.ts';

/** RFC 8446 §5.1: contentType:8 version:16 length:16. */
const TLS_ALERT = 21;
const TLS_HANDSHAKE = 22;
const TLS_APPLICATION_DATA = 23;
const TLS_MAX_RECORD_BYTES = 16_384 + 2048;
/** RFC 9113 §4.1: length:24 type:8 flags:8 reserved:1 stream:31. */
const HTTP2_HEADER_BYTES = 9;
const HTTP2_DATA = 0;
const HTTP2_SETTINGS = 4;
/** The highest type in use (PRIORITY_UPDATE, RFC 9218); more is no HTTP/2. */
const HTTP2_LAST_TYPE = 16;
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const at = (header: ArrayLike<number>, index: number): number => header[index] ?? 0;

const FRAMINGS: Readonly<Record<'tls' | 'http2', LengthFraming>> = {
  tls: {
    headerBytes: 5,
    read: (header) => {
      const type = at(header, 0);
      const bodyBytes = at(header, 3) * 256 + at(header, 4);
      if (type < 20 || type > 24 || at(header, 1) !== 3 || bodyBytes > TLS_MAX_RECORD_BYTES) return undefined;
      return { bodyBytes, keptBytes: type === TLS_APPLICATION_DATA ? 0 : bodyBytes };
    },
  },
  http2: {
    headerBytes: HTTP2_HEADER_BYTES,
    read: (header) => {
      const bodyBytes = at(header, 0) * 65_536 + at(header, 1) * 256 + at(header, 2);
      const type = at(header, 3);
      return type > HTTP2_LAST_TYPE
        ? undefined
        : { bodyBytes, keptBytes: type === HTTP2_DATA ? 0 : bodyBytes };
    },
  },
};

/** What a payload begins with. */
export interface StreamStart {
  /** undefined: an HTTP/1 head. */
  readonly framing: LengthFraming | undefined;
  /** Bytes before the first frame. */
  readonly prefaceBytes: number;
}

/** The protocol that a payload begins with, if one of those that are read further than their first words. */
export function startOfStream(
  view: DataView,
  offset: number,
  captured: number,
  length: number,
): StreamStart | undefined {
  const { tls, http2 } = FRAMINGS;
  const end = offset + captured;
  if (startsWith(view, offset, captured, HTTP2_PREFACE))
    return { framing: http2, prefaceBytes: HTTP2_PREFACE.length };
  const isResponse =
    beginsHead(view, offset, end, true) || (captured === length && mayBeginHead(view, offset, end, true));
  if (isResponse || beginsHead(view, offset, end, false)) return { framing: undefined, prefaceBytes: 0 };
  if (isTlsStart(view, offset, captured)) return { framing: tls, prefaceBytes: 0 };
  if (isServerPreface(view, offset, captured)) return { framing: http2, prefaceBytes: 0 };
  if (beginsMysql({ view, offset, captured, length })) return { framing: mysqlFraming, prefaceBytes: 0 };
  return beginsPostgresql({ view, offset, captured })
    ? { framing: postgresqlFraming, prefaceBytes: 0 }
    : undefined;
}

/** A handshake record, or an alert in clear, which has two bytes. */
function isTlsStart(view: DataView, offset: number, lengthBytes: number): boolean {
  if (lengthBytes < 5 || view.getUint8(offset + 1) !== 3 || view.getUint8(offset + 2) > 4) return false;
  const type = view.getUint8(offset);
  return type === TLS_HANDSHAKE || (type === TLS_ALERT && view.getUint16(offset + 3) === 2);
}

/** A server's first HTTP/2 frame: SETTINGS on stream 0, of whole entries (RFC 9113 §3.4, §6.5). */
function isServerPreface(view: DataView, offset: number, lengthBytes: number): boolean {
  if (lengthBytes < HTTP2_HEADER_BYTES) return false;
  const bodyBytes = view.getUint8(offset) * 65_536 + view.getUint16(offset + 1);
  return (
    view.getUint8(offset + 3) === HTTP2_SETTINGS &&
    view.getUint8(offset + 4) <= 1 &&
    view.getUint32(offset + 5) === 0 &&
    bodyBytes % 6 === 0 &&
    bodyBytes <= 600
  );
}

function startsWith(view: DataView, offset: number, lengthBytes: number, text: string): boolean {
  if (lengthBytes < text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (view.getUint8(offset + index) !== text.charCodeAt(index)) return false;
  }
  return true;
}
