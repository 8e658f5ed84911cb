import { ApiError, type KubeApi, type Query } from '../../src/kube/kube-api.ts';

/** What a path answers: objects of a list, one object, or an error. */
export type Answers = Readonly<Record<string, unknown>>;

export interface FakeApi extends KubeApi {
  /** Paths that were asked, with their field selectors. */
  readonly asked: string[];
}

export function forbidden(what: string): ApiError {
  return new ApiError(403, 'Forbidden', `${what} is forbidden: User "dev" cannot list resource`);
}

/** An API server that knows only what it is given; other paths are 404, other verbs an error. */
export function fakeApi(answers: Answers): FakeApi {
  const asked: string[] = [];
  const answer = (path: string, query: Query = {}): unknown => {
    asked.push(
      query['fieldSelector'] === undefined ? path : `${path}?fieldSelector=${query['fieldSelector']}`,
    );
    const value = answers[path];
    if (value instanceof Error) throw value;
    if (value === undefined) throw new ApiError(404, 'NotFound', `the server could not find ${path}`);
    return value;
  };
  const readOnly = (): never => {
    throw new Error('facts are only read');
  };
  return {
    asked,
    server: 'https://172.30.0.1:6443',
    context: '',
    namespace: 'default',
    get: async <T>(path: string, query?: Query): Promise<T> => answer(path, query) as T,
    list: async <T>(path: string, query?: Query, maxItems?: number): Promise<T[]> =>
      (answer(path, query) as T[]).slice(0, maxItems),
    create: readOnly,
    patch: readOnly,
    delete: readOnly,
    getText: async (path, query) => answer(path, query) as string,
  };
}
