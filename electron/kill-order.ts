import { z } from 'zod';
import type { KillWish } from './kill-switch.ts';
import type { Db } from './storage/database.ts';
import type { Migration } from './storage/migrations.ts';

export const killMigrations: readonly Migration[] = [
  {
    name: 'kill switch: order under way',
    sql: `
      CREATE TABLE kill_order (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        suspend INTEGER NOT NULL,
        people INTEGER NOT NULL
      ) STRICT;
    `,
  },
];

const row = z.object({ suspend: z.number(), people: z.number() });

/** What the kill switch was told to do and has not done yet; it outlives the app. */
export class KillOrder {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Resolves when the order is on the disk. */
  async begin({ suspend, people }: KillWish): Promise<void> {
    this.#db.run('INSERT OR REPLACE INTO kill_order (id, suspend, people) VALUES (1, ?, ?)', [suspend ? 1 : 0, people ? 1 : 0]);
    await this.#db.durable();
  }

  /** One that was not finished; null: none. */
  left(): KillWish | null {
    const found = this.#db.get('SELECT suspend, people FROM kill_order', [], row);
    return found && { suspend: found.suspend === 1, people: found.people === 1 };
  }

  done(): void {
    this.#db.run('DELETE FROM kill_order', []);
  }
}
