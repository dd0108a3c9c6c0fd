/** Words that stand near a code that is to be typed. */
const words =
  /\b(?:codes?|passcode|otp|one[- ]time|verif\w*|confirm\w*|launch|authenticat\w*|log[- ]?in|sign[- ]?(?:in|up)|2fa)\b/gi;
/** How far from such a word a code may stand, characters. */
const near = 120;
const mostCodes = 5;

/** Six to eight digits in one piece, or two halves of three or four. */
const candidate = /(?<![\w])(?:\d{6,8}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4})(?![\w])/g;

const currency = '(?:[$€£¥₹%]|\\b(?:usd|eur|gbp|chf|cad|aud|jpy|cny|inr|dollars?|euros?|pounds?|cents?)\\b)';
/** What stands right before a number that is no code: currency, another piece of digits, the name of something that is counted. */
const notAfter = new RegExp(
  `(?:${currency}|[\\d)+#][\\s.,:/'’\\u2010-\\u2015-]{0,2}|[.,/=&?+#-]|\\b(?:tel|telephone|phone|mobile|cell|fax|call|dial|sms|text|order|invoice|ticket|issue|pull request|pr|account|customer|case|reference|ref|zip|postal code|postcode|suite|box|price|total|amount|sum)\\b(?: (?:number|no|us|at|us at|to|is))?)[\\s.:№-]{0,4}$`,
  'i',
);
/** And right behind it. */
const notBefore = new RegExp(`^(?:[\\s.,:/'’\\u2010-\\u2015-]{0,2}\\d|[\\s]?${currency}|[.,]-|[@/%])`, 'i');

/** What looks like a code to type in a text from outside, likeliest first. Prices, dates and phone numbers are none. */
export function codesIn(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  const found = new Map<string, number>();
  for (const [nth, line] of lines.entries()) {
    for (const match of line.matchAll(candidate)) {
      const before = line.slice(0, match.index);
      const behind = line.slice(match.index + match[0].length);
      const code = match[0].replace(/[ -]/g, '');
      if (notAfter.test(before.slice(-40)) || notBefore.test(behind) || isDay(code)) continue;
      const above = lines.slice(0, nth).filter(Boolean).slice(-2).join(' ');
      const below = lines.slice(nth + 1).find(Boolean) ?? '';
      const distance = distanceOf(`${above} ${before}`, `${behind} ${below}`);
      if (distance !== null && distance < (found.get(code) ?? Number.POSITIVE_INFINITY)) found.set(code, distance);
    }
  }
  return [...found]
    .sort(([, a], [, b]) => a - b)
    .slice(0, mostCodes)
    .map(([code]) => code);
}

/** How many characters lie between a number and the nearest word about codes; null: none is near. A word behind counts double. */
function distanceOf(before: string, behind: string): number | null {
  const left = before.slice(-near);
  const last = [...left.matchAll(words)].at(-1);
  const [first] = behind.slice(0, near).matchAll(words);
  const all = [
    ...(last === undefined ? [] : [left.length - last.index - last[0].length]),
    ...(first === undefined ? [] : [first.index * 2]),
  ];
  return all.length === 0 ? null : Math.min(...all);
}

/** Whether eight digits are a day: 20261122, 22112026, 11222026. */
function isDay(digits: string): boolean {
  if (digits.length !== 8) return false;
  const part = (from: number, to: number): number => Number(digits.slice(from, to));
  const day = (year: number, month: number, dayOfMonth: number): boolean =>
    year >= 1970 && year <= 2069 && month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= 31;
  return (
    day(part(0, 4), part(4, 6), part(6, 8)) || day(part(4, 8), part(2, 4), part(0, 2)) || day(part(4, 8), part(0, 2), part(2, 4))
  );
}
