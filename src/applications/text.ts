/** Longest text that is made of bytes at once. */
const MAX_TEXT_BYTES = 512;

const scratch = Buffer.alloc(MAX_TEXT_BYTES);

/** Bytes as text, at most 512 of them; what is not printable ASCII becomes "?", a line's final CR is left out. */
export function textOf(view: DataView, from: number, end: number): string {
  const last = Math.min(end, from + MAX_TEXT_BYTES);
  let length = 0;
  for (let at = from; at < last; at++) {
    const byte = view.getUint8(at);
    if (byte === 0x0d && at === end - 1) break;
    scratch[length++] = byte >= 0x20 && byte < 0x7f ? byte : 0x3f;
  }
  return scratch.toString('latin1', 0, length);
}
