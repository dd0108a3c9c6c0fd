import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameIsNoise, frameSeq, SeqTrack } from './frames.ts';

const frame = (event: string, payload: object = {}, seq = 1): Buffer =>
  Buffer.from(JSON.stringify({ type: 'event', event, payload, seq }));

describe('a frame', () => {
  it.each(['chat:chunk', 'chat:thinking', 'terminal:output', 'chat:tool_block', 'chat:tool_event', 'git:status-update'])(
    'of %s is noise',
    (event) => {
      expect(frameIsNoise(frame(event, { content: 'x'.repeat(500) }))).toBe(true);
    },
  );

  it.each(['chat:sending', 'chat:done', 'chat:error', 'chat:permission_denied', 'cache:invalidate', 'worktree:created'])(
    'of %s is not',
    (event) => {
      expect(frameIsNoise(frame(event))).toBe(false);
    },
  );

  it('of a tool call is noise, unless the tool asks the person', () => {
    expect(frameIsNoise(frame('chat:tool_use', { name: 'Bash', input: {} }))).toBe(true);
    expect(frameIsNoise(frame('chat:tool_use', { name: 'AskUserQuestion', input: {} }))).toBe(false);
    expect(frameIsNoise(frame('chat:tool_use', { name: 'ExitPlanMode', input: {} }))).toBe(false);
    expect(frameIsNoise(frame('chat:tool_use', { name: 'question', input: {} }))).toBe(false);
    expect(frameIsNoise(frame('chat:tool_result', { tool_use_id: 't', output: 'yes' }))).toBe(false);
    expect(frameIsNoise(frame('chat:tool_result', { tool_use_id: 't', output: 'a long file '.repeat(500) }))).toBe(true);
  });

  it('is told from its envelope, not from what somebody wrote into it', () => {
    expect(frameIsNoise(frame('chat:error', { error: '"event":"chat:chunk"' }))).toBe(false);
    const answer = { type: 'response', id: '1', data: { event: 'chat:chunk' } };
    expect(frameIsNoise(Buffer.from(JSON.stringify(answer)))).toBe(false);
    expect(frameIsNoise(Buffer.from('{"type":"heartbeat"}'))).toBe(false);
  });

  it('has its number at the end, in whatever order the keys come', () => {
    expect(frameSeq(frame('chat:chunk', { content: 'ünïcödé' }, 1837))).toBe(1837);
    expect(frameSeq(Buffer.from('{"event":"chat:done","payload":{},"seq":42,"type":"event"}'))).toBe(42);
    expect(frameSeq(Buffer.from('{"type":"event","event":"x","payload":{"seq":3}}'))).toBeNull();
    expect(frameSeq(Buffer.from('{"type":"heartbeat"}'))).toBeNull();
  });
});

describe('the numbers of the events', () => {
  it('in order are all there', () => {
    const track = new SeqTrack();
    expect([7, 8, 9].map((seq) => track.note(seq))).toEqual(['ok', 'ok', 'ok']);
    expect(track.takeGap()).toBe(0);
  });

  it('with one missing are a loss, told once, and a late one is nothing new', () => {
    const track = new SeqTrack();
    expect([1, 2, 5].map((seq) => track.note(seq))).toEqual(['ok', 'ok', 'hole']);
    expect(track.takeGap()).toBe(2);
    expect(track.takeGap()).toBe(0);
    expect([4, 6, 7].map((seq) => track.note(seq))).toEqual(['ok', 'ok', 'ok']);
    expect(track.takeGap()).toBe(0);
  });

  it('may begin in a slight disorder', () => {
    const track = new SeqTrack();
    expect([101, 100, 102].map((seq) => track.note(seq))).toEqual(['ok', 'ok', 'ok']);
    expect(track.takeGap()).toBe(0);
  });

  it('that fall mean that Jean began anew', () => {
    const track = new SeqTrack();
    track.note(900);
    expect([1, 2, 3].map((seq) => track.note(seq))).toEqual(['fell', 'ok', 'ok']);
    expect(track.takeGap()).toBe(0);
  });

  it('in a slight disorder are no loss', () => {
    const block = fc.integer({ min: 1, max: 6 }).map((size) => Array.from({ length: size }, (_, at) => at));
    fc.assert(
      fc.property(fc.array(block.chain((numbers) => fc.shuffledSubarray(numbers, { minLength: numbers.length }))), (blocks) => {
        const track = new SeqTrack();
        let base = 100;
        track.note(base);
        for (const numbers of blocks) {
          for (const number of numbers) expect(track.note(base + 1 + number)).not.toBe('fell');
          base += numbers.length;
        }
        expect(track.takeGap()).toBe(0);
      }),
    );
  });

  it('of which some never come are missing by exactly that many', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 98 }), { maxLength: 20 }), (lost) => {
        const track = new SeqTrack();
        for (let seq = 1; seq <= 99; seq += 1) if (!lost.includes(seq)) track.note(seq);
        expect(track.takeGap()).toBe(lost.length);
      }),
    );
  });
});
