import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FanOut, type Receiver, textFrame } from './fan-out.ts';

class Ear implements Receiver {
  readonly writes: Buffer[] = [];
  own = 0;
  deliver(frames: Buffer, own: number): void {
    this.writes.push(frames);
    this.own += own;
  }
  get text(): string {
    return Buffer.concat(this.writes).toString();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Events that go to many', () => {
  it('are one write of the same bytes for everybody when they come together', async () => {
    const fanOut = new FanOut<'all'>();
    const [one, other] = [new Ear(), new Ear()];
    for (const ear of [one, other]) fanOut.join('all', ear);
    for (const name of 'abc') fanOut.toAll('all', Buffer.from(name));
    expect(one.writes).toHaveLength(0);
    await turn();
    expect(one.text).toBe('abc');
    expect(one.writes).toHaveLength(1);
    expect(other.writes[0]).toBe(one.writes[0]);
  });

  it('go out before they are much, and rest longer the longer a flush takes', async () => {
    let now = 0;
    const fanOut = new FanOut<'all'>(() => now);
    const slow = new Ear();
    slow.deliver = (frames) => {
      slow.writes.push(frames);
      now += 8;
    };
    fanOut.join('all', slow);
    fanOut.toAll('all', Buffer.from('a'));
    await turn();
    expect(slow.text).toBe('a');
    fanOut.toAll('all', Buffer.from('b'));
    await turn();
    expect(slow.text).toBe('a');
    await expect.poll(() => slow.text).toBe('ab');
    fanOut.toAll('all', Buffer.alloc(2 * 1024 * 1024, 'c'));
    expect(slow.text).toHaveLength(2 + 2 * 1024 * 1024);
    fanOut.stop();
  });

  it('go only to their audience, and to nobody who has left', async () => {
    const fanOut = new FanOut<'viewer' | 'operator'>();
    const [viewer, operator, gone] = [new Ear(), new Ear(), new Ear()];
    fanOut.join('viewer', viewer);
    fanOut.join('viewer', gone);
    fanOut.join('operator', operator);
    fanOut.toAll('viewer', Buffer.from('v'));
    fanOut.toAll('operator', Buffer.from('o'));
    fanOut.toOne(gone, Buffer.from('!'));
    fanOut.leave(gone);
    await turn();
    expect([viewer.text, operator.text, gone.text]).toEqual(['v', 'o', '']);
    fanOut.leave(viewer);
    expect([...fanOut.names()]).toEqual(['operator']);
    expect(fanOut.size).toBe(1);
  });

  it('and answers to one keep their order, whoever joins and whenever it is flushed', () => {
    type Act = { readonly do: 'all' | 'one' | 'join' | 'flush'; readonly who: number };
    const act: fc.Arbitrary<Act> = fc.record({
      do: fc.constantFrom<Act['do']>('all', 'all', 'one', 'one', 'join', 'flush'),
      who: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const fanOut = new FanOut<'all'>();
        const ears = Array.from({ length: 4 }, () => new Ear());
        const wanted = ears.map(() => '');
        const own = ears.map(() => 0);
        const joined = new Set<number>();
        for (const [n, { do: what, who }] of acts.entries()) {
          const ear = ears[who] as Ear;
          if (what === 'join' && !joined.has(who)) {
            joined.add(who);
            fanOut.join('all', ear);
          } else if (what === 'flush') fanOut.flush();
          else if (what === 'all') {
            fanOut.toAll('all', Buffer.from(`<${n}>`));
            for (const each of joined) wanted[each] += `<${n}>`;
          } else if (what === 'one') {
            fanOut.toOne(ear, Buffer.from(`[${n}]`));
            if (!joined.has(who)) continue;
            wanted[who] += `[${n}]`;
            own[who] = (own[who] ?? 0) + `[${n}]`.length;
          }
        }
        fanOut.flush();
        fanOut.stop();
        expect(ears.map((ear) => ear.text)).toEqual(wanted);
        expect(ears.map((ear) => ear.own)).toEqual(own);
      }),
    );
  });

  it.each([0, 125, 126, 65_535, 65_536])('are framed as a server frames %i bytes', (length) => {
    const frame = textFrame(Buffer.alloc(length, 'x'));
    const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
    expect(frame).toHaveLength(head + length);
    expect(frame[0]).toBe(0x81);
    const told = head === 2 ? frame[1] : head === 4 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
    expect(told).toBe(length);
  });
});
