import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditMigrations } from '../audit/schema.ts';
import { type Db, openDatabase } from '../storage/database.ts';
import { GrantsFixture, wish } from './fixture.ts';
import { standingOf } from './grant.ts';
import { grantMigrations } from './records.ts';

const hour = 60 * 60_000;

describe('grants on the disk', () => {
  let folder: string;
  let open: Db[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'grants-'));
    open = [];
  });
  afterEach(() => {
    for (const db of open) db.close();
    rmSync(folder, { recursive: true });
  });

  function database(name: string): Db {
    const opened = openDatabase(join(folder, name), [...auditMigrations, ...grantMigrations], () => 0);
    if (!opened.ok) throw new Error(opened.message);
    open.push(opened.db);
    return opened.db;
  }

  /** What a restart would find if the app were killed now. */
  function killed(name: string): GrantsFixture {
    for (const suffix of ['', '-wal'])
      if (existsSync(join(folder, `live.db${suffix}`)))
        copyFileSync(join(folder, `live.db${suffix}`), join(folder, `${name}${suffix}`));
    return new GrantsFixture(database(name));
  }

  it('are without any token, code or cookie', () => {
    const it = new GrantsFixture(database('live.db'));
    const { grant, token } = it.grants.create(wish());
    const secrets = [token, it.grants.rotate(grant.id, 1_000).token, it.grants.claim(grant.id).code];
    secrets.push(it.grants.bindDevice(grant.id, 'Firefox').cookie, it.grants.rotate(grant.id, 0).token);
    const spent = it.grants.create(wish({ oneTime: true }));
    secrets.push(spent.token, it.grants.bindDevice(spent.grant.id, null).cookie);
    it.grants.revoke(grant.id);
    const written = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    expect(written.includes(grant.id)).toBe(true);
    for (const secret of secrets) {
      expect(written.includes(secret.reveal())).toBe(false);
      expect(written.includes(secret.reveal().slice(4, 47))).toBe(false);
      expect(written.includes(Buffer.from(secret.reveal().slice(4, 47), 'base64url'))).toBe(false);
    }
  });

  it('are as they were told to be, whenever the app is killed after that', () => {
    const it = new GrantsFixture(database('live.db'));
    const standing: string[] = [];
    let copies = 0;
    it.grants.onChange((id, what, why) => {
      copies += 1;
      const found = killed(`copy-${copies}.db`);
      found.skew = it.skew;
      found.elapsed = it.elapsed;
      const grant = found.grants.get(id);
      standing.push(`${what} ${why}: ${grant === null ? 'nothing' : standingOf(grant, 0)}`);
      expect(found.audited()).toEqual(it.audited());
    });
    const { grant } = it.grants.create(wish({ lifeMs: hour }));
    it.grants.suspend(grant.id);
    it.grants.resume(grant.id);
    it.grants.revoke(grant.id);
    it.grants.create(wish({ lifeMs: hour }));
    it.pass(hour);
    it.grants.look();
    expect(standing).toEqual([
      'created null: active',
      'ended suspended: suspended',
      'changed null: active',
      'ended revoked: revoked',
      'created null: active',
      'ended expired: expired',
    ]);
  });

  it('use up a code, and a one-time token, before who brought it is let in', () => {
    const it = new GrantsFixture(database('live.db'));
    const { grant, token } = it.grants.create(wish({ oneTime: true }));
    const code = it.grants.claim(grant.id).code.reveal();
    expect(killed('before.db').grants.byToken(token.reveal())).not.toBeNull();
    it.grants.redeem(code);
    expect(killed('redeemed.db').grants.redeem(code)).toBeNull();
    it.grants.bindDevice(grant.id, null);
    expect(killed('bound.db').grants.byToken(token.reveal())).toBeNull();
  });

  it('that could not be written are dead all the same, and the person hears of it', () => {
    const real = database('live.db');
    let full = false;
    const failing = Object.assign(Object.create(real) as Db, {
      transaction: (fn: () => never, when?: 'now' | 'soon') => {
        if (full) throw new Error('database or disk is full');
        return real.transaction(fn, when);
      },
      all: real.all.bind(real),
      get: real.get.bind(real),
      run: real.run.bind(real),
      afterCommit: real.afterCommit.bind(real),
    });
    const it = new GrantsFixture(failing);
    const one = it.grants.create(wish({ lifeMs: 2 * hour }));
    const two = it.grants.create(wish({ lifeMs: hour }));
    const told: string[] = [];
    it.grants.onChange((id, what, why) => told.push(`${id} ${what} ${why}`));
    full = true;
    expect(() => it.grants.revoke(one.grant.id)).toThrow(
      'Nobody gets in by it any more, but this could not be written down and ends with the app: database or disk is full',
    );
    expect(standingOf(it.grants.get(one.grant.id) ?? one.grant, it.now)).toBe('revoked');
    it.pass(hour);
    it.grants.look();
    it.skew -= 5 * hour;
    expect(standingOf(it.grants.get(two.grant.id) ?? two.grant, it.now)).toBe('expired');
    expect(told).toEqual([`${one.grant.id} ended revoked`, `${two.grant.id} ended expired`]);
    expect(it.logged).toEqual(['The end of a grant could not be written down: database or disk is full']);
    // Nothing is handed out that would not outlive the app.
    expect(() => it.grants.create(wish())).toThrow('disk is full');
  });
});
