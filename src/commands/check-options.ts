import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { enforcerNamed, enforcerNames, type Enforcer } from '../explain/enforcer.ts';
import type { Io } from '../io.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { type RungOptions, rungOptions } from './rung-options.ts';
import { durationMs } from './sizes.ts';

/** From which status of a layer on the exit status is 1. */
export type CheckFailOn = 'error' | 'warning' | 'never';

/** Everything that `check` was asked for, with defaults filled in; the words are not read yet. */
export interface CheckOptions extends RungOptions {
  readonly from: string;
  readonly to: string;
  /** Whom to dial for a URL, whatever its host name means; undefined: what that name means. */
  readonly via: string | undefined;
  /** FROM × TO instead of one way. */
  readonly isMatrix: boolean;
  readonly operands: readonly string[];
  /** Of the pods that are FROM in a matrix. */
  readonly selector: string | undefined;
  readonly isProbing: boolean;
  /** The nodes behind what the probes show are looked into. */
  readonly readsNodes: boolean;
  /** The pods that the way may come to are entered, to read on what they listen. */
  readonly entersServers: boolean;
  /** For so long connections are kept unused and the pod's own traffic is watched, beside the usual probes; 0: not. */
  readonly watchMs: number;
  /** Folder of manifests; undefined: the cluster is asked. */
  readonly manifests: string | undefined;
  /** undefined: what is recognised. */
  readonly enforcer: Enforcer | undefined;
  /** "table", "json" or "yaml". */
  readonly format: string;
  readonly failOn: CheckFailOn;
  readonly quiet: boolean;
}

const MAX_WATCH_MS = 3_600_000;

/** Completes and validates the flags of `check`. Throws UserError. */
export function checkOptions(given: Given, io: Io): CheckOptions {
  const [from = '', to = '', ...others] = given.operands;
  const isMatrix = isGiven(given, 'matrix');
  const selector = textOf(given, 'selector');
  if (!isMatrix && (to === '' || others.length > 0 || selector !== undefined))
    throw new UserError(
      'check takes who asks and whom',
      selector === undefined ? `it was given ${given.operands.length} of 2 words` : 'a selector means many',
      'kubectl netdebug check pod/client svc/payments:80\nkubectl netdebug check --matrix -l tier=web svc/payments:80',
    );
  const manifests = textOf(given, 'manifests');
  const isProbing = !isGiven(given, 'no-probe') && manifests === undefined;
  if (!isProbing || isMatrix) refuseProbing(given);
  const failOn = textOf(given, 'fail-on');
  return {
    ...rungOptions(given, io),
    from,
    to,
    via: viaOf(given, isMatrix),
    isMatrix,
    operands: given.operands,
    selector,
    isProbing,
    readsNodes: isGiven(given, 'read-node'),
    entersServers: isGiven(given, 'enter-servers'),
    watchMs: watchMs(textOf(given, 'duration')),
    manifests: manifests === undefined ? undefined : resolve(io.cwd, manifests),
    enforcer: enforcer(textOf(given, 'cni')),
    format: textOf(given, 'output') ?? 'table',
    failOn: failOn === 'warning' || failOn === 'never' ? failOn : 'error',
    quiet: isGiven(given, 'quiet'),
  };
}

function refuseProbing(given: Given): void {
  const flag = ['enter-servers', 'duration'].find((name) => given.values[name] !== undefined);
  if (flag === undefined) return;
  throw new UserError(
    `--${flag} needs a check that tries the way`,
    '--no-probe, --matrix and --manifests enter no pod',
    `kubectl netdebug check pod/client svc/payments:80 --${flag}${flag === 'duration' ? ' 6m' : ''}`,
  );
}

function watchMs(text: string | undefined): number {
  const ms = text === undefined ? 0 : durationMs('duration', text);
  if (ms <= MAX_WATCH_MS) return ms;
  throw new UserError(
    `--duration cannot be "${text}"`,
    'a check keeps its connections for an hour at most',
    '--duration 6m',
  );
}

function viaOf(given: Given, isMatrix: boolean): string | undefined {
  const via = textOf(given, 'via');
  if (via === undefined || !isMatrix) return via;
  throw new UserError(
    '--via is for one URL',
    '--matrix judges by the objects alone',
    'kubectl netdebug check pod/client http://shop.example/ --via svc/ingress-nginx',
  );
}

function enforcer(name: string | undefined): Enforcer | undefined {
  if (name === undefined) return undefined;
  const found = enforcerNamed(name);
  if (found !== undefined) return found;
  throw new UserError(
    `--cni cannot be "${name}"`,
    'how it evaluates policies is not known',
    `Write one of ${enforcerNames().join(', ')}`,
  );
}
