import type { Io } from '../io.ts';

/** Lines at the end of stderr that are written over again and again; other text goes above them. */
export class LiveLines {
  readonly #io: Io;
  #drawn = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Writes text that stays, whole lines. */
  async print(text: string): Promise<void> {
    await this.#io.stderr.write(`${this.#wipe()}${text}`);
  }

  /** Replaces the lines; each is cut to the terminal's width, or moving up would miss what it wrapped to. */
  async draw(lines: readonly string[]): Promise<void> {
    const width = this.#io.stderr.widthCells;
    const cut = lines.map((line) =>
      width > 1 && line.length >= width ? `${line.slice(0, width - 2)}…` : line,
    );
    const wipe = this.#wipe();
    this.#drawn = cut.length;
    await this.#io.stderr.write(`${wipe}${cut.join('\n')}`);
  }

  /** Takes the lines away. */
  async end(): Promise<void> {
    const wipe = this.#wipe();
    if (wipe !== '') await this.#io.stderr.write(wipe);
  }

  #wipe(): string {
    if (this.#drawn === 0) return '';
    // Erase the last line, and each above it (ECMA-48 EL and CUU).
    const wipe = `\r\u001b[K${'\u001b[A\u001b[K'.repeat(this.#drawn - 1)}`;
    this.#drawn = 0;
    return wipe;
  }
}
