import type { ExecRequest } from '../../src/kube/exec-api.ts';
import type { ProbePlace } from '../../src/probe/programs.ts';

/** What a program prints, and with which status it ends (0). */
export interface Said {
  readonly out: string;
  readonly err?: string;
  readonly exitCode?: number;
}

/** A debug container whose programs say what `answer` makes of their arguments. */
export function place(answer: (argv: readonly string[]) => Said): ProbePlace & { readonly ran: string[][] } {
  const ran: string[][] = [];
  const exec: ProbePlace['api']['exec'] = async ({ command }: ExecRequest, { stdout, stderr }) => {
    ran.push([...command]);
    const { out, err = '', exitCode = 0 } = answer(command);
    await stdout(Buffer.from(out));
    await stderr(Buffer.from(err));
    return {
      protocol: 'v5.channel.k8s.io',
      send: () => false,
      closeStdin: () => false,
      terminate: () => undefined,
      done: Promise.resolve({ kind: 'exited', exitCode }),
    };
  };
  const container = { namespace: 'shop', pod: 'client', container: 'netdebug-1', enter: [] as string[] };
  return {
    api: { exec },
    container: container as unknown as ProbePlace['container'],
    programs: new Set(['curl', 'openssl', 'socat', 'timeout']),
    ran,
  };
}
