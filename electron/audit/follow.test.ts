import { expect, it } from 'vitest';
import { redact } from '../base/redact.ts';
import { memoryDatabase } from '../storage/database.ts';
import { follow } from './follow.ts';
import { AuditLog } from './log.ts';
import { auditMigrations } from './schema.ts';

function made(entries: number) {
  const log = new AuditLog({ db: memoryDatabase(auditMigrations), now: () => 1_800_000_000_000, redact });
  const write = (): void => {
    log.append({ kind: 'credential.used', actor: 'git', outcome: 'ok', message: `Entry ${log.head() + 1}.` });
  };
  for (let at = 0; at < entries; at += 1) write();
  return { log, write };
}

it('begins with the newest, and goes on with each that is written', async () => {
  const { log, write } = made(5);
  const reader = follow(log, 2, new AbortController().signal);
  const next = async (): Promise<string | undefined> => (await reader.next()).value?.message;
  expect([await next(), await next()]).toEqual(['Entry 4.', 'Entry 5.']);
  const coming = next();
  write();
  expect(await coming).toBe('Entry 6.');
  write();
  write();
  expect([await next(), await next()]).toEqual(['Entry 7.', 'Entry 8.']);
});

it('gives every entry once and in order, also what was written in one breath', async () => {
  const { log, write } = made(0);
  const reader = follow(log, 20, new AbortController().signal);
  const first = reader.next();
  for (let at = 0; at < 350; at += 1) write();
  const seen = [(await first).value?.seq];
  while (seen.length < 350) seen.push((await reader.next()).value?.seq);
  expect(seen).toEqual(Array.from({ length: 350 }, (_one, at) => at + 1));
});

it('reads nothing ahead of a reader who is slow', async () => {
  const { log, write } = made(1);
  const asked: number[] = [];
  const watched = {
    head: () => log.head(),
    onAppend: (listener: Parameters<typeof log.onAppend>[0]) => log.onAppend(listener),
    after: (seq: number, limit: number) => {
      const entries = log.after(seq, limit);
      asked.push(entries.length);
      return entries;
    },
  };
  const reader = follow(watched, 1, new AbortController().signal);
  await reader.next();
  for (let at = 0; at < 5_000; at += 1) write();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual([1]);
  await reader.next();
  expect(asked).toEqual([1, 100]);
});

it('ends at once when nobody wants it any more, and listens no longer', async () => {
  const { log } = made(1);
  const stop = new AbortController();
  let listening = 0;
  const watched = {
    head: () => log.head(),
    after: (seq: number, limit: number) => log.after(seq, limit),
    onAppend: (listener: Parameters<typeof log.onAppend>[0]) => {
      const forget = log.onAppend(listener);
      listening += 1;
      return () => {
        listening -= 1;
        forget();
      };
    },
  };
  const reader = follow(watched, 0, stop.signal);
  const waiting = reader.next();
  expect(listening).toBe(1);
  stop.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(listening).toBe(0);
});
