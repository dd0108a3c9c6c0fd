import { describe, expect, it } from 'vitest';
import { questionOf } from './question.ts';

describe('what a person asks about', () => {
  it.each([
    ['4be1f02', { about: 'commit', prefix: '4be1f02', sure: true }],
    [' 4BE1F02C ', { about: 'commit', prefix: '4be1f02c', sure: true }],
    ['defaced', { about: 'commit', prefix: 'defaced', sure: false }],
    ['https://github.com/acme/shop/commit/4be1f02c#diff', { about: 'commit', prefix: '4be1f02c', sure: true }],
    ['https://github.com/acme/shop/pull/12/commits/4be1f02c', { about: 'commit', prefix: '4be1f02c', sure: true }],
    ['https://github.com/acme/shop/pull/12', { about: 'pull', repository: 'acme/shop', number: 12, host: 'github.com' }],
    [
      'http://127.0.0.1:81/acme/shop/pull/12/files?x',
      { about: 'pull', repository: 'acme/shop', number: 12, host: '127.0.0.1:81' },
    ],
    ['acme/shop#12', { about: 'pull', repository: 'acme/shop', number: 12, host: null }],
    ['#12', { about: 'pull', repository: null, number: 12, host: null }],
    ['feature/x', { about: 'branch', name: 'feature/x' }],
    ['refs/heads/feature/x', { about: 'branch', name: 'feature/x' }],
    ['4be1f0', { about: 'branch', name: '4be1f0' }],
    ['git was given', null],
    ['what*', null],
    ['', null],
    ['#', { about: 'branch', name: '#' }],
  ])('is read from %j', (text, question) => {
    expect(questionOf(text)).toEqual(question);
  });
});
