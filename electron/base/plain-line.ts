/** Line breaks and tabs, also those of Unicode. */
const breaks = /[\t-\r\u0085\u2028\u2029]+/g;
/** Control characters, and the invisible ones that turn or hide text (bidirectional marks, zero width, byte order mark). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/g;
/** Half a character: UTF-8 can't carry it. */
const loneSurrogate = /\p{Surrogate}/gu;

/** Foreign text as one plain line of at most `max` characters (code points), shortened with an ellipsis. */
export function plainLine(text: string, max: number): string {
  const line = text.replace(breaks, ' ').replace(unprintable, '').replace(loneSurrogate, '\ufffd').replace(/\s+/g, ' ').trim();
  if (line.length <= max) return line;
  const characters = [...line];
  return characters.length <= max
    ? line
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}
