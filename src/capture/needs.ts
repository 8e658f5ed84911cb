import { rights } from '../access/right.ts';
import type { Right } from '../access/right.ts';

/** Running commands in a container. The WebSocket exec is a GET; from 1.35 the server asks for create as well. */
const execRights: readonly Right[] = rights('pods/exec', ['get', 'create']);

/** What a capture in a pod needs, in the pod's namespace. */
export const captureRights: readonly Right[] = [...rights('pods', ['get']), ...execRights];

/** What adding a debug container needs. */
export const addContainerRight: Right = { group: '', resource: 'pods/ephemeralcontainers', verb: 'patch' };

/** What a node debug pod needs, in the namespace in which it runs. */
export const nodePodRights: readonly Right[] = [
  ...rights('pods', ['create', 'get', 'delete']),
  ...execRights,
];
