import { describe, expect, it } from 'vitest';
import { minute, now } from '../../../shared/fixture.ts';
import type { ChannelName, Outcome } from '../../../shared/notifications.ts';
import { outcomeWords, summary } from './outcome-words.ts';

const sent: Outcome = { type: 'sent', at: now };
const held: Outcome = { type: 'held', why: 'You were at the desk.' };
const failed: Outcome = { type: 'failed', why: 'No server.' };
const waiting: Outcome = { type: 'waiting', why: 'Unless you see it here.', nextAt: now + 8 * minute };
const of = (...outcomes: [ChannelName, Outcome][]) =>
  summary({ outcomes: outcomes.map(([channel, outcome]) => ({ channel, outcome })) }, now);

describe('what became of a notice', () => {
  it.each<[Outcome, RegExp]>([
    [sent, /^Told at \d\d:\d\d\.$/],
    [held, /^Held: You were at the desk\.$/],
    [failed, /^Failed: No server\.$/],
    [{ type: 'maybe', why: 'Ravi did not answer.' }, /^Perhaps sent: /],
    [{ type: 'dropped', why: 'It was over.' }, /^Not sent: It was over\.$/],
    [waiting, /^Goes in 8 min: /],
    [{ ...waiting, nextAt: now - 1 } as Outcome, /^Is on its way: /],
  ])('%j is a sentence', (outcome, words) => expect(outcomeWords(outcome, now)).toMatch(words));

  it('is in short whom it reached, else why not, and trouble before all', () => {
    expect(of(['native', sent], ['email', sent], ['sms', held])).toEqual({ shape: 'finished', words: 'Desktop, E-mail' });
    expect(of(['native', held])).toEqual({ shape: 'offline', words: 'You were at the desk.' });
    expect(of(['native', held], ['sms', waiting]).shape).toBe('running');
    expect(of(['native', sent], ['sms', failed])).toEqual({ shape: 'failed', words: 'Text message: Failed: No server.' });
    expect(of()).toEqual({ shape: 'offline', words: 'Not told.' });
  });
});
