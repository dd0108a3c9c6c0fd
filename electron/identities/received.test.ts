import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Received } from '../ravi/inbox.ts';
import { codesIn } from './codes.ts';
import { harmlessLine, harmlessText, letterFrom } from './letter-text.ts';
import { linksIn } from './links.ts';
import { isFromGitHub, shownOf } from './received.ts';

const mail: Received = {
  id: 'mail:10',
  over: 'mail',
  from: 'GitHub <noreply@github.com>',
  subject: '🚀 Your GitHub launch code',
  text: 'Here is your GitHub launch code, @robin!\n\nContinue signing up by entering the code below:\n\n83920147\n\nOpen GitHub https://github.com/account_verifications/confirm/abc?via_launch_code_email=true.\n',
  html: '',
  at: 1,
};

describe('codes', () => {
  it.each([
    ['GitHub’s launch code', mail.text ?? '', ['83920147']],
    ['a code in a sentence', 'Your verification code is 847291.', ['847291']],
    ['a code before its word', '493021 is your GitHub authentication code.', ['493021']],
    ['two halves', 'Your code: 123-456', ['123456']],
    ['the nearest first', 'Confirm with 111222 or later.\nYour code is 333444', ['333444', '111222']],
    ['no number without a word', 'There were 123456 of them.', []],
    ['no order', 'Your verification code comes later. Order #123456, invoice 654321', []],
    ['no part of an address', 'Verify at https://x.test/confirm/123456?code=654321', []],
    ['no part of a longer number', 'code 123456789', []],
  ])('%s', (_what, text, codes) => expect(codesIn(text)).toEqual(codes));

  const digits = (min: number, max: number) => fc.integer({ min: 10 ** (min - 1), max: 10 ** max - 1 }).map(String);
  const price = fc.oneof(
    fc.tuple(fc.constantFrom('$', '€', '£', 'USD ', 'EUR ', '€ '), digits(5, 8)).map((parts) => parts.join('')),
    fc.tuple(digits(6, 8), fc.constantFrom(' EUR', '€', ' USD', ' dollars', '.00', ',50')).map((parts) => parts.join('')),
    fc.tuple(digits(1, 3), digits(3, 3), digits(3, 3)).map((parts) => `${parts.join(' ')} EUR`),
    fc.tuple(digits(1, 3), digits(3, 3), digits(3, 3)).map((parts) => parts.join(',')),
  );
  const two = (value: number) => String(value).padStart(2, '0');
  const date = fc
    .tuple(fc.integer({ min: 1990, max: 2060 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
    .chain(([year, month, day]) =>
      fc.constantFrom(
        `${year}-${two(month)}-${two(day)}`,
        `${year}${two(month)}${two(day)}`,
        `${two(day)}${two(month)}${year}`,
        `${two(day)}.${two(month)}.${year}`,
        `${two(month)}/${two(day)}/${year}`,
        `${year} ${two(month)} ${two(day)}`,
      ),
    );
  const phone = fc
    .tuple(digits(3, 3), digits(3, 3), digits(4, 4))
    .chain(([area, middle, last]) =>
      fc.constantFrom(
        `+1${area}${middle}${last}`,
        `+1 ${area} ${middle} ${last}`,
        `(${area}) ${middle}-${last}`,
        `(${area}) ${middle}${last}`,
        `${area}-${middle}-${last}`,
        `${area}–${middle}–${last}`,
        `0${area} ${middle}${last}`,
        `Tel. ${middle}${last}`,
        `phone ${middle}${area}`,
        `call ${middle}-${area}`,
      ),
    );

  it('a price, a date or a phone number is none, however near the word stands', () => {
    const around = fc.constantFrom(
      ['Your code: please verify. ', ''],
      ['Sign up and confirm ', ' with the code'],
      ['code ', '.'],
    );
    fc.assert(
      fc.property(fc.oneof(price, date, phone), around, (number, [before, behind]) => {
        expect(codesIn(`${before}${number}${behind}`)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('whatever arrives, what is found has six to eight digits, and few are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const codes = codesIn(`code ${text} code`);
        expect(codes.length).toBeLessThanOrEqual(5);
        for (const code of codes) expect(code).toMatch(/^\d{6,8}$/);
      }),
    );
  });
});

describe('a hostile message', () => {
  it('has no mark left that turns or hides text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        const shown = harmlessText(text).text;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone.
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\p{Cf}|\p{Surrogate}/u);
        expect(harmlessLine(text, 100)).not.toMatch(/\n|\p{Cf}/u);
      }),
    );
    expect(harmlessText('pay\u202elive\u202c \u2066x\u2069 co\u200bde\u{e0041} \u00adx').text).toBe('paylive x code x');
  });

  it.each([
    ['tags that never end', `${'<a href="'.repeat(50_000)}${'<'.repeat(100_000)}`],
    ['elements within elements', `${'<b>'.repeat(40_000)}${'</p>'.repeat(20_000)}`],
    ['nothing but entities', '&#x3c;'.repeat(40_000)],
  ])('is read in time where it is %s', (_what, html) => {
    const started = performance.now();
    expect(shownOf({ ...mail, text: null, html }, 'github.com').view.text.length).toBeLessThanOrEqual(6_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('is shown in part where it is huge, and read in time', () => {
    const started = performance.now();
    expect(harmlessText('x'.repeat(5_000_000)).cut).toBe(true);
    expect(codesIn('1 '.repeat(100_000)).length).toBe(0);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('shows nothing of what a script or a style says, and opens nothing but pages of the web', () => {
    const html =
      '<html><head><title>code 111222</title></head><style>p{}</style><script>code 333444</script ><p>Your code&#58; 555 666</p>' +
      '<a href="javascript:alert(1)">a</a><a href=\'https://github.com@evil.test/x\'>b</a><a href=https://github.com/x?a=1&amp;b=2>c</a><!-- code 777888 --><img src=x onerror=1>5 < 6';
    const { view, urls } = shownOf({ ...mail, subject: '', text: null, html }, 'github.com');
    expect(view.text).toBe('Your code: 555 666\nabc5 < 6');
    expect(view.codes).toEqual(['555666']);
    expect(urls.map(String)).toEqual(['https://github.com/x?a=1&b=2']);
    expect(view.links).toEqual([{ id: 'mail:10#0', host: 'github.com', known: true }]);
  });

  it('names a host as it is resolved, not as it looks', () => {
    const { view } = shownOf({ ...mail, text: 'https://gіthub.com/x https://github.com.evil.test/y' }, 'github.com');
    expect(view.links).toEqual([
      { id: 'mail:10#0', host: 'xn--gthub-n2e.com', known: false },
      { id: 'mail:10#1', host: 'github.com.evil.test', known: false },
    ]);
  });
});

it('a mail of GitHub is shown with its code and its link', () => {
  const { view } = shownOf(mail, 'github.com');
  expect(view).toMatchObject({ codes: ['83920147'], links: [{ id: 'mail:10#0', host: 'github.com', known: true }] });
  expect(linksIn(mail.text ?? '', [])[0]?.pathname).toBe('/account_verifications/confirm/abc');
});

it.each([
  ['GitHub <noreply@github.com>', true],
  ['noreply@github.com', true],
  ['GitHub <noreply@github.com.evil.test>', false],
  ['noreply@github.com <x@evil.test>', false],
])('a sender as %s is GitHub: %s', (from, is) => expect(isFromGitHub({ from, over: 'mail' })).toBe(is));

it('text beside tags is read as it stands', () => {
  expect(letterFrom('a<br>b<div>c</div>d &amp; &bogus; &#x2603;').text).toBe('a\nb\nc\nd & &bogus; ☃');
});
