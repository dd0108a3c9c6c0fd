import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { Mask, masked } from './mask.ts';

it('fills a token over wherever a stream is cut, and changes nothing else', () => {
  const token = 'abcabcabcabcabd-0123';
  const secrets = [Secret.of(token)];
  const part = fc.oneof(fc.constant(token), fc.constant(token.slice(0, -1)), fc.constant('abc'), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(30), { maxLength: 20 }), (parts, cuts) => {
      const text = Buffer.from(parts.join(''));
      const mask = new Mask(secrets);
      const out: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        out.push(mask.push(text.subarray(at, at + cut)));
        at += cut;
      }
      out.push(mask.push(text.subarray(at)), mask.end());
      const result = Buffer.concat(out).toString();
      expect(result).toBe(text.toString().replaceAll(token, '*'.repeat(token.length)));
      expect(masked(text.toString(), secrets)).toBe(result);
    }),
  );
});

it('lets a short one be, which stands in files by chance', () => {
  expect(masked('a short word', [Secret.of('short')])).toBe('a short word');
  expect(masked('as JSON: "quo\\"ted-token-1"', [Secret.of('quo"ted-token-1')])).toBe(`as JSON: "${'*'.repeat(16)}"`);
});
