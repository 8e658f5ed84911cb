/** Something with a time. */
interface Timed {
  readonly timeNs: number;
}

/** A piece of a source: the first `count` items; they may be written anew for the next piece. */
export interface Piece<Item> {
  readonly items: readonly Item[];
  readonly count: number;
}

/**
 * Brings several sources, each read in pieces, into the order of the common line of time. Only one piece of each
 * source is in memory. Sources that are out of order in themselves stay so. `take` gets the corrected time.
 */
export async function mergeInOrder<Item extends Timed>(
  sources: readonly AsyncIterator<Piece<Item>>[],
  offsetsNs: readonly number[],
  take: (item: Item, timeNs: number, source: number) => void,
): Promise<void> {
  const heads: Head<Item>[] = [];
  for (const [index, source] of sources.entries()) {
    const head = {
      source,
      index,
      offsetNs: offsetsNs[index] ?? 0,
      piece: { items: [], count: 0 },
      at: 0,
      timeNs: 0,
    };
    if (await refill(head)) heads.push(head);
  }
  while (heads.length > 0) {
    let first = heads[0] as Head<Item>;
    for (const head of heads) if (head.timeNs < first.timeNs) first = head;
    take(first.piece.items[first.at] as Item, first.timeNs, first.index);
    first.at++;
    const item = first.at < first.piece.count ? first.piece.items[first.at] : undefined;
    if (item !== undefined) first.timeNs = item.timeNs - first.offsetNs;
    else if (!(await refill(first))) heads.splice(heads.indexOf(first), 1);
  }
}

/** One source, and the item of it that comes next. */
interface Head<Item> {
  readonly source: AsyncIterator<Piece<Item>>;
  readonly index: number;
  readonly offsetNs: number;
  piece: Piece<Item>;
  at: number;
  timeNs: number;
}

/** False: the source has ended. */
async function refill<Item extends Timed>(head: Head<Item>): Promise<boolean> {
  for (;;) {
    const { value, done } = await head.source.next();
    if (done === true) return false;
    const [item] = value.items;
    if (value.count === 0 || item === undefined) continue;
    [head.piece, head.at, head.timeNs] = [value, 0, item.timeNs - head.offsetNs];
    return true;
  }
}
