import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCorefile } from '../../src/cluster/corefile.ts';

const KUBEADM = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

describe('parseCorefile', () => {
  it("reads kubeadm's", () => {
    const { blocks, problem, whole } = parseCorefile(KUBEADM);
    expect({ problem, whole, count: blocks.length }).toEqual({ problem: '', whole: true, count: 1 });
    expect(blocks[0]).toMatchObject({ line: 1, zones: [''], port: 53 });
    expect(blocks[0]?.plugins.map(({ name }) => name)).toEqual([
      'errors',
      'health',
      'ready',
      'kubernetes',
      'prometheus',
      'forward',
      'cache',
      'loop',
      'reload',
      'loadbalance',
    ]);
    expect(blocks[0]?.plugins[3]).toEqual({
      name: 'kubernetes',
      line: 7,
      arguments: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
      options: [
        ['pods', 'insecure'],
        ['fallthrough', 'in-addr.arpa', 'ip6.arpa'],
        ['ttl', '30'],
      ],
    });
    expect(blocks[0]?.plugins[5]).toMatchObject({ line: 13, arguments: ['.', '/etc/resolv.conf'] });
  });

  it.each([
    ['a.example b.example { whoami }', [['a.example', 'b.example']]],
    ['a.example,\nb.example { whoami }', [['a.example', 'b.example']]],
    ['A.Example.:1053 { whoami }', [['a.example']]],
    ['tls://a.example { whoami }\n. { errors }', [['a.example'], ['']]],
    ['10.1.0.0/16 { whoami }', [['1.10.in-addr.arpa']]],
    ['example\nwhoami', [['example']]],
  ])('%j has the zones %j', (text, zones) => {
    const { blocks, problem } = parseCorefile(text);
    expect(problem).toBe('');
    expect(blocks.map((block) => block.zones)).toEqual(zones);
  });

  it('knows the port of each zone', () => {
    expect(
      parseCorefile('tls://a b:1053 c { whoami }').blocks.map(({ port, zones }) => [port, zones]),
    ).toEqual([
      [853, ['a']],
      [1053, ['b']],
      [53, ['c']],
    ]);
  });

  it('puts snippets in where they are imported, and is not whole where files are', () => {
    const { blocks, whole } = parseCorefile('(log) {\n errors\n}\n. {\n import log\n loop\n}');
    expect(blocks.map(({ plugins }) => plugins.map(({ name }) => name))).toEqual([['errors', 'loop']]);
    expect(whole).toBe(true);
    expect(parseCorefile('. {\n loop\n import custom/*.override\n}\nimport custom/*.server').whole).toBe(
      false,
    );
  });

  it('keeps words in quotes together, and braces in them are none', () => {
    const [block] = parseCorefile(
      '. {\n template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }\n}',
    ).blocks;
    expect(block?.plugins).toMatchObject([
      { name: 'template', options: [['answer', '{{ .Name }} 60 IN A 192.0.2.1']] },
    ]);
  });

  it('keeps nothing of plugins that hold keys', () => {
    const [block] = parseCorefile('. {\n route53 example.:Z1 {\n aws_access_key ID SECRET\n }\n}').blocks;
    expect(block?.plugins).toEqual([{ name: 'route53', line: 2, arguments: [], options: [] }]);
  });

  it.each([
    ['. {\n errors\n', 'line 1: the brace that opens here is not closed'],
    ['. {\n errors {\n consolidate\n', 'line 2: the brace that opens here is not closed'],
    ['. {\n errors\n}\n}', 'line 4: a zone is expected, not "}"'],
    ['. {\n {\n}', 'line 2: a plugin is expected, not "{"'],
    ['. {\n template "x\n}', 'line 2: a quote is not closed'],
  ])('%j does not parse', (text, problem) => expect(parseCorefile(text).problem).toBe(problem));

  it('takes any text, bounded', () => {
    const word = fc.constantFrom(
      '{',
      '}',
      '.',
      'a:53',
      '\n',
      ' ',
      '"',
      '#',
      'import x',
      '(s)',
      'forward . x',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 60 }), (words) => {
        const { blocks } = parseCorefile(words.join(' '));
        expect(blocks.length).toBeLessThanOrEqual(500);
      }),
    );
    expect(parseCorefile('. { errors }\n'.repeat(1000)).whole).toBe(false);
    expect(parseCorefile(`. { ${'x '.repeat(300_000)} }`).whole).toBe(false);
  });
});
