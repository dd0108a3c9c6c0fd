import { randomBytes } from 'node:crypto';
import type { GrantWish } from '../../shared/remote-access.ts';
import { grantWish } from '../../shared/remote-access.ts';
import { type AuditInput, AuditLog } from '../audit/log.ts';
import { auditMigrations } from '../audit/schema.ts';
import { type Db, memoryDatabase } from '../storage/database.ts';
import { Grants } from './grants.ts';
import { GrantRecords, grantMigrations } from './records.ts';

/** For tests: grants on a database of their own, with a clock that can be set and a time that only goes on. */
export class GrantsFixture {
  readonly db: Db;
  /** Set the clock by it; `pass` lets time go on. ms. */
  skew = 1_800_000_000_000;
  elapsed = 0;
  readonly logged: string[] = [];
  grants: Grants;

  constructor(db: Db = memoryDatabase([...auditMigrations, ...grantMigrations])) {
    this.db = db;
    this.grants = this.#make();
  }

  get now(): number {
    return this.skew + this.elapsed;
  }

  pass(ms: number): void {
    this.elapsed += ms;
  }

  /** The app ends without a word, and is started anew. */
  restart(): void {
    this.grants.stop();
    this.grants = this.#make();
  }

  audited(): readonly string[] {
    return this.log()
      .after(0, 1_000)
      .map(({ kind }) => kind);
  }

  log(): AuditLog {
    return new AuditLog({ db: this.db, now: () => this.now, redact: (text) => text });
  }

  #make(): Grants {
    const log = this.log();
    return new Grants({
      records: new GrantRecords(this.db),
      now: () => this.now,
      steady: () => this.elapsed,
      random: randomBytes,
      audit: (entry: AuditInput) => void log.append(entry),
      log: (message) => this.logged.push(message),
    });
  }
}

/** A wish for a viewer of the Jean on this computer, changed as told. */
export const wish = (facts: Partial<GrantWish> = {}): GrantWish => ({
  ...grantWish.parse({ person: 'Ada', role: 'viewer', instanceIds: ['local'] }),
  ...facts,
});
