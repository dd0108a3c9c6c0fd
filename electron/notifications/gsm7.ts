/** The basic alphabet of GSM 03.38: one septet each. A message with any other character costs more than twice the room. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Its extension: two septets each. */
const extended = new Set('^{}\\[~]|€');

/** Characters that don't decompose into a letter and its marks. */
const alike: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '‹': '<',
  '›': '>',
  '`': "'",
  '´': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '·': '-',
  '•': '*',
  '→': '->',
  '←': '<-',
  '×': 'x',
  '©': '(c)',
  '®': '(r)',
  ç: 'c',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'd',
  Ð: 'D',
  þ: 'th',
  Þ: 'Th',
  œ: 'oe',
  Œ: 'OE',
  ı: 'i',
  ẞ: 'SS',
  '\t': ' ',
};

const septets = (character: string): number => (extended.has(character) ? 2 : 1);

/** How much room a text of this alphabet takes, in septets; 160 fit into one SMS. */
export const gsmLength = (text: string): number => [...text].reduce((sum, character) => sum + septets(character), 0);

/** Any text in this alphabet: accents it does not know are dropped, what has no likeness becomes one "?" a run. */
export function toGsm(text: string): string {
  let result = '';
  for (const character of text.normalize('NFC')) {
    const known = inGsm(character) ?? [...character.normalize('NFKD')].map((part) => inGsm(part) ?? '').join('');
    if (known !== '') result += known;
    else if (!/\p{Mark}|\p{Cf}|\p{Variation_Selector}/u.test(character) && !result.endsWith('?')) result += '?';
  }
  return result;
}

function inGsm(character: string): string | null {
  if (basic.has(character) || extended.has(character)) return character;
  return alike[character] ?? null;
}

/** The text cut to `max` septets, with three dots where something is missing. */
export function cutToGsm(text: string, max: number): string {
  if (gsmLength(text) <= max) return text;
  let result = '';
  let length = 0;
  for (const character of text) {
    length += septets(character);
    if (length > max - 3) break;
    result += character;
  }
  return max < 3 ? result : `${result.trimEnd()}...`;
}
