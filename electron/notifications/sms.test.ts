import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Telling } from './delivery.ts';
import { gsmLength, toGsm } from './gsm7.ts';
import { smsLength, smsText } from './sms.ts';

const telling = (change: Partial<Telling> = {}): Telling => ({
  id: 'n1',
  kind: 'needs-permission',
  title: 'Mend the flake wants to run a command',
  line: 'shop · checkout-flake · Mend the flake',
  detail: 'rm -rf build && npm ci',
  ...change,
});
const gsm = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;

describe('an SMS', () => {
  it('says what it is and where, and ends with its mark', () => {
    expect(smsText(telling(), { detail: false, mark: '#k3f9qa' })).toBe(
      'Mend the flake wants to run a command\nshop - checkout-flake - Mend the flake #k3f9qa',
    );
  });

  it('has a command in it only where the person allowed it', () => {
    expect(smsText(telling(), { detail: true, mark: '#k3f9qa' })).toContain('rm -rf build && npm ci');
    expect(smsText(telling(), { detail: false, mark: '#k3f9qa' })).not.toContain('npm');
  });

  it('is one message of one alphabet whatever it is about, and keeps its mark', () => {
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constantFrom('修复登录', '€'.repeat(200), '', '🎉'));
    fc.assert(
      fc.property(any, any, any, fc.boolean(), (title, line, detail, allowed) => {
        const text = smsText(telling({ title, line, detail }), { detail: allowed, mark: '#k3f9qa' });
        expect(gsmLength(text)).toBeLessThanOrEqual(smsLength);
        expect(text).toMatch(gsm);
        expect(text.endsWith(' #k3f9qa')).toBe(true);
      }),
    );
  });

  it('holds no secret, also none that was cut or written with other letters', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    for (const text of [token, `${'x'.repeat(60)} ${token}`, token.replace('ghp', 'ｇｈｐ')]) {
      const sms = smsText(telling({ title: text, line: text, detail: text }), { detail: true, mark: '#k3f9qa' });
      expect(sms).not.toMatch(/a1B2a1B2/);
    }
  });
});

it.each([
  ['Zoë’s “fix” – done…', `Zoe's "fix" - done...`],
  ['naïve façade, Łódź', 'naive facade, Lodz'],
  ['Köln ñ ß é', 'Köln ñ ß é'],
  ['修复 login 🎉', '? login ?'],
  ['a → b', 'a -> b'],
])('writes %j with the letters of an SMS as %j', (text, written) => expect(toGsm(text)).toBe(written));
