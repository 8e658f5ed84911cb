import { type Need, needs } from '../access/needs.ts';
import { rulesFor } from '../access/right.ts';
import { type RoleRequest, rolesJson, rolesYaml } from '../access/roles.ts';
import { debugNamespace } from '../capture/node-pod.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import { tableLines } from '../report/columns.ts';
import { type Given, isGiven, listOf, textOf } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { nearestWord } from './nearest.ts';

/** Prints the roles; the cluster is not asked. */
export async function runRbac(given: Given, io: Io): Promise<number> {
  const asked = given.operands.map(needNamed);
  const format = textOf(given, 'output') ?? 'yaml';
  if (format === 'table') {
    await io.stdout.write(`${tableOf(asked.length === 0 ? needs : asked).join('\n')}\n`);
    return 0;
  }
  const needed = asked.length === 0 ? needs.slice(0, 1) : asked;
  const request = roleRequest(given, io);
  await io.stdout.write(format === 'json' ? rolesJson(needed, request) : rolesYaml(needed, request));
  return 0;
}

function roleRequest(given: Given, io: Io): RoleRequest {
  const api = connect(connectionValues(given.values), io.env);
  api.close();
  return {
    namespace: api.namespace,
    debugNamespace: textOf(given, 'debug-namespace') ?? debugNamespace,
    isClusterWide: isGiven(given, 'all-namespaces'),
    users: listOf(given, 'for-user'),
    groups: listOf(given, 'for-group'),
  };
}

function needNamed(word: string): Need {
  const found = needs.find((need) => need.word === word);
  if (found !== undefined) return found;
  const words = needs.map((need) => need.word);
  const near = nearestWord(word, words);
  throw new UserError(
    `rbac knows no "${word}"`,
    `it knows ${words.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
    'kubectl netdebug rbac -o table',
  );
}

interface Row {
  readonly word: string;
  readonly where: string;
  readonly resource: string;
  readonly verbs: string;
  readonly summary: string;
}

function tableOf(shown: readonly Need[]): string[] {
  const rows = shown.flatMap(({ word, summary, parts }) =>
    parts
      .flatMap(({ scope, rights }) =>
        rulesFor(rights).map(({ apiGroups, resources, verbs }): Row => {
          const resource = [...resources, ...apiGroups].filter((part) => part !== '').join('.');
          return { word: '', where: scope, resource, verbs: verbs.join(','), summary: '' };
        }),
      )
      .map((row, at) => (at === 0 ? { ...row, word, summary } : row)),
  );
  return tableLines(rows, [
    { title: 'FOR', text: (row) => row.word },
    { title: 'WHERE', text: (row) => row.where },
    { title: 'RESOURCE', text: (row) => row.resource },
    { title: 'VERBS', text: (row) => row.verbs },
    { title: 'WHAT FOR', text: (row) => row.summary },
  ]);
}
