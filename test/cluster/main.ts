import { parseArgs } from 'node:util';
import { UserError } from '../../src/errors.ts';
import { instances, instanceVariable } from './instances.ts';

const usage = `A real two-node Kubernetes on this machine, for tests and for trying things out.

npm run cluster -- up         build what is missing, start it, print the KUBECONFIG
npm run cluster -- down       end it; nothing of it stays but the cache folder
npm run cluster -- status     what runs
npm run cluster -- fault [NAME]  put a fault on in namespace shop, with traffic to see it by; without NAME: which there are
npm run cluster -- heal       undo the fault

--cni ${Object.keys(instances).join('|')}   which one: each pod network has a cluster of its own, spare is another with the bridge; all may be up (bridge if not given)
`;

async function main(argv: readonly string[]): Promise<number> {
  const options = { cni: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command = '', name, ...rest] = positionals;
  if (values.cni !== undefined) {
    if (!Object.hasOwn(instances, values.cni)) {
      const known = Object.keys(instances).join(', ');
      throw new UserError(`unknown pod network ${values.cni}`, `there are: ${known}`, '--cni bridge');
    }
    process.env[instanceVariable] = values.cni;
  }
  // A process works on one instance, which its modules read when they are loaded.
  const { commands } = await import('./commands.ts');
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (known === undefined || rest.length > 0 || (name !== undefined && command !== 'fault')) {
    process.stderr.write(usage);
    return 2;
  }
  return await known(name);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const text = error instanceof UserError ? `${error.message}\n${error.fix}` : String(error);
  process.stderr.write(`${text}\n`);
  if (error instanceof Error && error.cause instanceof Error)
    process.stderr.write(`${error.cause.message}\n`);
  process.exitCode = 2;
}
