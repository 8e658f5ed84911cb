import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { command, isImage, isLabel, isObjectName, selectorArgument } from '../../src/explain/paste.ts';
import { plainData, plainText } from '../../src/explain/plain.ts';
import { slipsBetween, spellingDistance } from '../../src/cluster/spelling.ts';

describe('spelling', () => {
  it.each([
    ['payments', 'paymnets', 1],
    ['payments', 'payment', 1],
    ['payments', 'pyaments', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['same', 'same', 0],
  ])('%s → %s: %i', (a, b, distance) => {
    expect(spellingDistance(a, b, 9)).toBe(distance);
  });

  it.each([
    ['db', 'dc', null],
    ['api', 'apis', 1],
    ['cart', 'card', 1],
    ['cart', 'crat', 1],
    ['v1', 'v2', null],
    ['orders', 'orders-db', null],
    ['Payments', 'payments', 1],
    ['web-frontend', 'web-frontent', 1],
  ])('%s for %s: %s', (a, b, slips) => {
    expect(slipsBetween(a, b)).toBe(slips);
  });

  it('is symmetric, and never more than the limit and one', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), fc.nat(5), (a, b, limit) => {
        const distance = spellingDistance(a, b, limit);
        expect(distance).toBe(spellingDistance(b, a, limit));
        expect(distance).toBeLessThanOrEqual(limit + 1);
        expect(distance === 0).toBe(a === b);
      }),
    );
  });
});

describe('commands to paste', () => {
  it.each(['payments', 'a.b-c', 'x1'])('%s is a name', (name) => expect(isObjectName(name)).toBe(true));
  it.each(['', 'A', '-a', 'a-', 'a..b', 'a b', 'a;b', '$(x)', 'a\nb', 'a'.repeat(254), '--all'])(
    '%j is none',
    (name) => expect(isObjectName(name)).toBe(false),
  );

  it.each([
    ['app', 'payments', true],
    ['app.kubernetes.io/name', 'A_b.c', true],
    ['app', '', true],
    ['', 'x', false],
    ['/app', 'x', false],
    ['a/b/c', 'x', false],
    ['app', "x'", false],
    ['app', 'x'.repeat(64), false],
  ])('label %s=%s: %s', (key, value, good) => expect(isLabel(key, value)).toBe(good));

  it('are left out when a name or a label is none', () => {
    expect(command(['a', 'b; reboot'], 'kubectl get x')).toBe('');
    expect(selectorArgument({ app: 'a', tier: 'b' })).toBe('app=a,tier=b');
    expect(selectorArgument({ app: 'a b' })).toBe('');
    expect([
      isImage('busybox'),
      isImage('r.example:5000/a/b@sha256:00'),
      isImage('a b'),
      isImage('-x'),
    ]).toEqual([true, true, false, false]);
  });
});

describe('plain text', () => {
  it('has no control characters, in keys neither', () => {
    expect(plainText('a\r\nb\u001b[1m\u2028c')).toBe('a b [1m c');
    expect(plainData({ 'k\n': ['x\ty', null, 3, { z: true }] })).toEqual({
      'k ': ['x y', null, 3, { z: true }],
    });
  });
});
