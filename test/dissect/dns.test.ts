import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DnsMessage, DnsRcode, dnsTypeName } from '../../src/dissect/dns.ts';
import { dnsName, dnsQueryMessage, dnsReplyMessage } from '../packets/dns.ts';
import { ascii, join, u16, u8 } from '../packets/octets.ts';

interface ReadMessage {
  readonly ok: boolean;
  readonly message: DnsMessage;
  readonly name: string;
}

/** Reads a message that lies in the middle of a buffer filled with `around`. */
function read(bytes: Uint8Array, around = 0): ReadMessage {
  const buffer = new Uint8Array(bytes.length + 600).fill(around);
  buffer.set(bytes, 300);
  const message = new DnsMessage();
  const ok = message.read(new DataView(buffer.buffer), 300, 300 + bytes.length);
  return { ok, message, name: String.fromCharCode(...message.name.subarray(0, message.nameLength)) };
}

const header = (flags: number, questions: number): Uint8Array => u16(0x1234, flags, questions, 0, 0, 0);
const ask = (name: Uint8Array): Uint8Array => join(header(0x0100, 1), name, u16(1, 1));

describe('messages', () => {
  test('a query has id, name in lower case and type', () => {
    const { ok, message, name } = read(
      dnsQueryMessage({ name: 'Payments.Shop.svc.cluster.local', type: 'AAAA', id: 77 }),
    );
    expect(ok).toBe(true);
    expect(name).toBe('payments.shop.svc.cluster.local');
    expect(message).toMatchObject({
      id: 77,
      isResponse: false,
      hasQuestion: true,
      questionType: 28,
      answers: 0,
    });
  });

  test.each([
    ['NOERROR', DnsRcode.NoError],
    ['FORMERR', DnsRcode.FormErr],
    ['SERVFAIL', DnsRcode.ServFail],
    ['NXDOMAIN', DnsRcode.NxDomain],
    ['NOTIMP', DnsRcode.NotImp],
    ['REFUSED', DnsRcode.Refused],
  ])('a response has the code %s', (rcode, expected) => {
    expect(read(dnsReplyMessage({ name: 'a', rcode })).message).toMatchObject({
      isResponse: true,
      rcode: expected,
      answers: rcode === 'NOERROR' ? 1 : 0,
    });
  });

  test('a truncated response is marked', () => {
    expect(read(dnsReplyMessage({ name: 'a', truncated: true })).message.truncated).toBe(true);
  });

  test('a response may leave the question out, a query may not', () => {
    expect(read(dnsReplyMessage({ name: 'a', rcode: 'REFUSED', withoutQuestion: true }))).toMatchObject({
      ok: true,
      name: '',
    });
    expect(read(header(0x0100, 0)).ok).toBe(false);
  });

  test.each([
    { what: 'eleven bytes', bytes: header(0x0100, 1).subarray(0, 11) },
    {
      what: 'two questions',
      bytes: join(header(0x0100, 2), dnsName('a'), u16(1, 1), dnsName('b'), u16(1, 1)),
    },
    { what: 'an update', bytes: join(header(0x2800, 1), dnsName('a'), u16(6, 1)) },
    { what: 'a question without its class', bytes: join(header(0x0100, 1), dnsName('a'), u16(1)) },
  ])('$what is no question', ({ bytes }) => {
    expect(read(bytes).ok).toBe(false);
  });

  test('types have their names', () => {
    expect([1, 28, 33, 65, 1234].map(dnsTypeName)).toEqual(['A', 'AAAA', 'SRV', 'HTTPS', 'TYPE1234']);
  });
});

describe('names', () => {
  test('the root is the empty name', () => {
    expect(read(ask(u8(0)))).toMatchObject({ ok: true, name: '' });
  });

  test('a pointer is followed, and the question ends behind it', () => {
    // The name at 12 is "a" and a pointer to 20, where "bc" stands behind type and class.
    const bytes = join(header(0x8180, 1), u8(1, 0x61, 0xc0, 20), u16(28, 1), u8(2, 0x62, 0x63, 0));
    expect(read(bytes)).toMatchObject({ ok: true, name: 'a.bc', message: { questionType: 28 } });
  });

  test.each([
    { what: 'points at itself', name: u8(0xc0, 12) },
    { what: 'goes round in a circle', name: u8(1, 0x61, 0xc0, 12) },
    { what: 'points behind the message', name: u8(0xc3, 0xff) },
    { what: 'ends within a pointer', name: u8(0xc0) },
    { what: 'has a label of a reserved kind', name: u8(0x41, 0x61, 0) },
    { what: 'has a label that leaves the message', name: u8(63, 0x61) },
    { what: 'does not end', name: u8(1, 0x61) },
  ])('a name that $what is none', ({ name }) => {
    const bytes = join(header(0x0100, 1), name);
    expect(read(bytes).ok).toBe(false);
    expect(read(bytes, 0xff).ok).toBe(false);
  });

  /** Labels whose wire form takes 64 + 64 + 64 + 1 + `last` + 1 bytes. */
  const longName = (last: number): Uint8Array => {
    const label = (length: number): Uint8Array => join(u8(length), ascii('x'.repeat(length)));
    return join(label(63), label(63), label(63), label(last), u8(0));
  };

  test('255 bytes on the wire are a name, 256 are none (RFC 1035 §2.3.4)', () => {
    expect(longName(61)).toHaveLength(255);
    expect(read(ask(longName(61)))).toMatchObject({ ok: true, message: { nameLength: 253 } });
    expect(read(ask(longName(62))).ok).toBe(false);
    expect(read(ask(longName(63))).ok).toBe(false);
  });

  test('127 labels of one byte are a name', () => {
    const name = Array.from({ length: 127 }, () => 'a').join('.');
    expect(read(ask(dnsName(name)))).toMatchObject({ ok: true, name });
  });
});

test('every prefix of a message, and random bytes, are read within their bounds', () => {
  const message = dnsReplyMessage({ name: 'payments.shop.svc.cluster.local' });
  for (let length = 0; length < message.length; length++) {
    const cut = message.subarray(0, length);
    expect(read(cut, 0xff)).toEqual({ ...read(cut, 0), message: expect.anything() });
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const [zeros, ones] = [read(bytes, 0), read(bytes, 0xff)];
      expect([ones.ok, ones.name]).toEqual([zeros.ok, zeros.name]);
      expect(ones.message.nameLength).toBeLessThanOrEqual(253);
    }),
    { numRuns: 1000 },
  );
});
