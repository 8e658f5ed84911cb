import type { PodObject } from './pod-object.ts';

/** The parts of a Node object that targeting and capturing read (Kubernetes API v1). Anything may be missing. */
export interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly addresses?: readonly { readonly type?: string; readonly address?: string }[];
    readonly nodeInfo?: {
      readonly operatingSystem?: string;
      readonly architecture?: string;
      readonly kubeletVersion?: string;
      readonly containerRuntimeVersion?: string;
    };
    readonly images?: readonly { readonly names?: readonly string[] | null }[] | null;
  };
}

/** Where a capture is taken. `asked` is what the user typed: "deploy/payments". */
export type Place =
  | { readonly kind: 'pod'; readonly pod: PodObject; readonly asked: string }
  | { readonly kind: 'node'; readonly node: NodeObject; readonly asked: string };
