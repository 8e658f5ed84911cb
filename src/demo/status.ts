import type { Answer } from './recording.ts';

/** An answer of the server: HTTP status and body. */
export interface Reply {
  readonly code: number;
  readonly body: Answer;
}

/** A failure in the form that API servers give it (Kubernetes API, `Status` v1). */
export function failure(code: number, reason: string, message: string, details: Answer = {}): Reply {
  return {
    code,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details,
      code,
    },
  };
}

export function ok(body: Answer): Reply {
  return { code: 200, body };
}

/** 404 for an object, in the API server's words. */
export function notFound(resource: string, name: string): Reply {
  return failure(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
}

/** 404 for a path that no API serves; its details carry no name. */
export function noSuchPath(): Reply {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}
