import type { Check, CheckResult } from './check.ts';

/** Ephemeral containers are stable since 1.25 (Kubernetes docs, "Ephemeral Containers"), beta since 1.23. */
const stableSince = 25;
const betaSince = 23;

interface VersionInfo {
  readonly major?: string;
  readonly minor?: string;
  readonly gitVersion?: string;
}

/** `version`: does this API server have debug containers at all? */
export const version: Check = {
  id: 'version',
  run: async ({ api }) => [judge(await api.get<VersionInfo>('/version'))],
};

function judge({ major = '', minor = '', gitVersion = '' }: VersionInfo): CheckResult {
  // Some providers write "27+".
  const number = Number.parseInt(minor, 10);
  const seen = `Kubernetes ${gitVersion || `${major}.${minor}`}`;
  if (major !== '1' || !Number.isFinite(number))
    return { subject: '', status: 'unknown', seen: `${seen}: this version is not known`, fix: '' };
  if (number >= stableSince) return { subject: '', status: 'ok', seen, fix: '' };
  return {
    subject: '',
    status: number >= betaSince ? 'warning' : 'failed',
    seen: `${seen}: debug containers are stable from 1.${stableSince} on`,
    fix: 'Captures need a pod on the node there: kubectl netdebug trace pod/NAME --profile node',
  };
}
