/**
 * Checks of JSON that others wrote. A {@link Shape} takes any value and returns it typed, without
 * unknown keys, or throws a {@link ShapeError} that names the place.
 */
export type Shape<T> = (value: unknown, path: string) => T;

/** A value is not what it has to be; `message` names the place and the expectation, never the value. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

function fail(path: string, expected: string): never {
  throw new ShapeError(`${path || 'the file'} is not ${expected}`);
}

/** A string of at most `maxLength` UTF-16 units. */
export function text(maxLength = 65_536): Shape<string> {
  return (value, path) =>
    typeof value === 'string' && value.length <= maxLength
      ? value
      : fail(path, `a text of at most ${maxLength} characters`);
}

/** An integer between the bounds, both included. */
export function integer(min = 0, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : fail(path, `an integer between ${min} and ${max}`);
}

/** true or false. */
export const flag: Shape<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false');

/** Exactly one of some values. */
export function oneOf<const T extends string | number | boolean>(...allowed: readonly T[]): Shape<T> {
  return (value, path) =>
    allowed.find((item) => item === value) ??
    fail(path, allowed.map((item) => JSON.stringify(item)).join(' or '));
}

/** null or the shape. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** The first of two shapes that fits. */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return (value, path) => {
    try {
      return first(value, path);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      return second(value, path);
    }
  };
}

/** A list of at most `maxItems`. */
export function list<T>(item: Shape<T>, maxItems = 100_000): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > maxItems)
      return fail(path, `a list of at most ${maxItems} items`);
    return value.map((entry: unknown, index) => item(entry, `${path}[${index}]`));
  };
}

/** An object with any keys (labels, selectors); returned without a prototype, so that no key is special. */
export function record<T>(item: Shape<T>, maxKeys = 10_000): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    const entries = Object.entries(asObject(value, path));
    if (entries.length > maxKeys) return fail(path, `an object of at most ${maxKeys} keys`);
    const result: Record<string, T> = Object.create(null) as Record<string, T>;
    for (const [key, entry] of entries) result[key] = item(entry, `${path}.${key}`);
    return result;
  };
}

/** The shape or nothing; for optional keys of {@link object}. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

/** The shapes of an object's keys; optional keys may be absent. */
type ShapesOf<T> = {
  readonly [Key in keyof T]-?: object extends Pick<T, Key>
    ? Shape<Exclude<T[Key], undefined> | undefined>
    : Shape<T[Key]>;
};

/** An object with these keys; others are left out of the result. */
export function object<T>(shapes: ShapesOf<T>): Shape<T> {
  return (value, path) => {
    const source = asObject(value, path);
    const result: Record<string, unknown> = {};
    for (const [key, shape] of Object.entries<Shape<unknown>>(shapes)) {
      const checked = shape(
        Object.hasOwn(source, key) ? source[key] : undefined,
        path ? `${path}.${key}` : key,
      );
      if (checked !== undefined) result[key] = checked;
    }
    return result as T;
  };
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
  return value as Record<string, unknown>;
}
