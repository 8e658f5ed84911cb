import type { TcpdumpCounters } from './tcpdump-output.ts';

/** tcpdump reported nothing. */
export const noCounters: TcpdumpCounters = {
  captured: null,
  receivedByFilter: null,
  droppedByKernel: null,
  droppedByInterface: null,
};

/** Sums of two segments' counters; unknown as soon as one of them is. */
export function addCounters(sum: TcpdumpCounters | undefined, next: TcpdumpCounters): TcpdumpCounters {
  if (sum === undefined) return next;
  return {
    captured: add(sum.captured, next.captured),
    receivedByFilter: add(sum.receivedByFilter, next.receivedByFilter),
    droppedByKernel: add(sum.droppedByKernel, next.droppedByKernel),
    droppedByInterface: add(sum.droppedByInterface, next.droppedByInterface),
  };
}

function add(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
