import type { Frame, FrameSink } from './frame.ts';

/** Passes on the frames of some interfaces of a capture; their numbers stay those of the whole capture. */
export function onlyInterfaces(sink: FrameSink, interfaces: ReadonlySet<number>): FrameSink {
  return {
    frame: (frame: Frame): void => {
      if (interfaces.has(frame.interfaceId)) sink.frame(frame);
    },
  };
}
