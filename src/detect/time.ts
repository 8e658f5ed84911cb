/** Earliest and latest time of several; times are ISO 8601 in UTC, which sort as texts. */
export function joinTimes(all: readonly { readonly firstSeen: string; readonly lastSeen: string }[]): {
  firstSeen: string;
  lastSeen: string;
} {
  return {
    firstSeen: all.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? '',
    lastSeen:
      all
        .map(({ lastSeen }) => lastSeen)
        .toSorted()
        .at(-1) ?? '',
  };
}
