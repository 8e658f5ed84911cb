/**
 * What the rest of the program may ask of a Kubernetes API server. `kube/` implements it on the
 * connection that kubectl would use; tests and the demo serve it from an in-process server. Every
 * call throws {@link ApiError} for an answer that is not 2xx, and UserError when there is no answer
 * (connection refused, TLS, name look-up, time-out) or the credentials are refused (401).
 */
export interface KubeApi {
  /** Address of the API server as the kubeconfig names it, "https://10.0.0.1:6443". */
  readonly server: string;
  /** Name of the kubeconfig context, "" for in-cluster or flags alone. */
  readonly context: string;
  /** Namespace that applies when the user names none. */
  readonly namespace: string;
  /** GET of one object or subresource: path "/api/v1/namespaces/shop/pods/x". Throws {@link ApiError}. */
  get<T>(path: string, query?: Query): Promise<T>;
  /** GET of a list, all pages (500 objects each, at most `maxItems` in all, default 20,000). Throws {@link ApiError}. */
  list<T>(path: string, query?: Query, maxItems?: number): Promise<T[]>;
  /** POST. Throws {@link ApiError}. */
  create<T>(path: string, body: object, query?: Query): Promise<T>;
  /** PATCH as strategic merge patch. Throws {@link ApiError}. */
  patch<T>(path: string, body: object, query?: Query): Promise<T>;
  /** DELETE. Throws {@link ApiError}. */
  delete(path: string, query?: Query): Promise<void>;
  /** GET of plain text (logs, /version …), at most `maxBytes`. */
  getText(path: string, query?: Query, maxBytes?: number): Promise<string>;
}

export type Query = Readonly<Record<string, string>>;

/** An answer of the API server that is not 2xx. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0: the answer could not be read. */
  readonly status: number;
  /** `reason` of the Status object, such as "Forbidden"; may be empty. */
  readonly reason: string;
  /** `details` of the Status object, {} if none. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    reason: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}
