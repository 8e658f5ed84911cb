/**
 * A frame: the captured bytes of one packet with their time and place. One record is reused for all
 * frames of a capture; whoever wants to keep something copies numbers out of it.
 */
export class Frame {
  /** The buffer that holds the frame. Valid only during the call that handed the frame over. */
  view: DataView = EMPTY_VIEW;
  /** Where the captured bytes begin in `view`. */
  offset = 0;
  capturedLength = 0;
  /** Length on the wire. */
  originalLength = 0;
  /** Snap length of the interface: frames of at least this length were cut by it; 0: unknown. */
  snapLength = 0;
  /** 1-based, as Wireshark counts. */
  number = 0;
  /** Nanoseconds since {@link CaptureClock.originSeconds}; exact within 104 days of it (2^53 ns). */
  timeNs: number = Number.NaN;
  /** Link type of the interface (pcap LINKTYPE_ number). */
  linkType = 0;
  /** Interface in the capture (pcapng), 0 in classic files. */
  interfaceId = 0;
}

const EMPTY_VIEW: DataView = new DataView(new ArrayBuffer(0));

/** The whole second that frame times count from: that of the first frame. */
export class CaptureClock {
  originSeconds: number = Number.NaN;

  /** Nanoseconds since the origin; the first call sets the origin. */
  since(seconds: number, nanoseconds: number): number {
    if (Number.isNaN(this.originSeconds)) this.originSeconds = seconds;
    return (seconds - this.originSeconds) * 1e9 + nanoseconds;
  }

  /** ISO 8601 in UTC with microseconds; empty for a time that is not finite or out of range. */
  format(timeNs: number): string {
    if (!Number.isFinite(timeNs) || Number.isNaN(this.originSeconds)) return '';
    // Beyond 2^53 ns a time is some nanoseconds off, so the nearest microsecond is the one that was read.
    const toWhole = Number.isSafeInteger(timeNs) ? Math.floor : Math.round;
    const restNs = ((timeNs % 1e9) + 1e9) % 1e9;
    const restMicros = toWhole(restNs / 1e3);
    const wholeSeconds = Math.round((timeNs - restNs) / 1e9) + (restMicros === 1e6 ? 1 : 0);
    const micros = restMicros % 1e6;
    const milliseconds = (this.originSeconds + wholeSeconds) * 1e3;
    if (Math.abs(milliseconds) > 8.64e15) return '';
    const whole = new Date(milliseconds).toISOString().slice(0, -5);
    return `${whole}.${String(micros).padStart(6, '0')}Z`;
  }
}

/** Takes the frames of a capture in the order of the file. */
export interface FrameSink {
  frame(frame: Frame): void;
}

/** Something in the capture that could not be read as its format says. */
export interface Damage {
  /** Byte offset in the (decompressed) capture. */
  readonly offsetBytes: number;
  /** What is wrong there, one clause: "a record claims 3,221,225,472 bytes". */
  readonly text: string;
}
