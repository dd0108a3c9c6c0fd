import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

describe('a secret', () => {
  const secret = Secret.of('ghs_16C7e42F292c6912E7710c838347Ae178B4a');

  it.each([
    ['String()', String(secret)],
    ['a template', `${secret}`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { depth: 9, showHidden: true })],
    ['an Error message', new Error(`failed with ${secret}`).message],
    ['its own keys', JSON.stringify(Object.getOwnPropertyNames(secret))],
  ])('does not show its value in %s', (_where, text) => {
    expect(text).not.toContain('16C7e42F292c');
  });

  it('gives its value to the adapter that asks for it', () => {
    expect(secret.reveal()).toBe('ghs_16C7e42F292c6912E7710c838347Ae178B4a');
  });
});
