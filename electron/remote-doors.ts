import type { AuditEntry, AuditKind } from '../shared/audit.ts';
import type { StateChange } from '../shared/model.ts';
import type { DoorView } from '../shared/remote-access.ts';
import { type AuditLog, everything } from './audit/log.ts';

const whats: Readonly<Partial<Record<AuditKind, DoorView['what']>>> = {
  'remote.connected': 'entered',
  'remote.disconnected': 'left',
  'remote.refused': 'refused',
  'remote.locked-out': 'locked-out',
};
const kinds = Object.keys(whats) as AuditKind[];
const most = 40;

/** What happened at the doors of late, read from the audit log: the page shows nothing that is not written there. */
export class Doors {
  readonly #publish: (changes: readonly StateChange[]) => void;
  #shown: readonly number[] = [];
  readonly #unsubscribe: () => void;

  constructor(
    private readonly audit: Pick<AuditLog, 'page' | 'onAppend'>,
    publish: (changes: readonly StateChange[]) => void,
  ) {
    this.#publish = publish;
    this.#unsubscribe = audit.onAppend((entry) => this.#take([entry]));
  }

  /** Shows what the log has. */
  start(): void {
    const found = kinds.flatMap((kind) => this.audit.page({ ...everything, kind }, null, most).entries);
    this.#take(found.sort((a, b) => a.seq - b.seq).slice(-most));
  }

  stop(): void {
    this.#unsubscribe();
  }

  #take(entries: readonly AuditEntry[]): void {
    const doors = entries.flatMap((entry) => doorOf(entry) ?? []);
    if (doors.length === 0) return;
    const all = [...this.#shown, ...doors.map(({ seq }) => seq)];
    this.#shown = all.slice(-most);
    this.#publish([
      ...doors.map((value): StateChange => ({ collection: 'doors', id: String(value.seq), value })),
      ...all.slice(0, -most).map((seq): StateChange => ({ collection: 'doors', id: String(seq), value: null })),
    ]);
  }
}

function doorOf({ seq, at, kind, subject, message, facts }: AuditEntry): DoorView | null {
  const what = whats[kind];
  if (what === undefined) return null;
  return {
    seq,
    at,
    what,
    instanceId: facts.instance ?? null,
    grantId: facts.grant ?? null,
    person: facts.person ?? subject,
    address: facts.address ?? null,
    message,
  };
}
