/** Control characters but tab and line ends, and characters that turn the direction of text. */
const unprintable = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const kept = '\t\n\v\f\r';

/** Text from outside with control characters (terminal escapes among them) written as U+001B; line ends and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) =>
    kept.includes(character) ? character : codePoint(character),
  );
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
