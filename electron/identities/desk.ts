import type { IdentityStepId, IdentityView } from '../../shared/identities.ts';
import type { AuditInput } from '../audit/log.ts';
import { Refused } from '../base/refused.ts';
import { advised } from './advice.ts';
import { checklist, type IdentityFacts } from './checklist.ts';
import { suggestedLogin } from './login-name.ts';
import { type IdentityRecord, type IdentityRecords, type Intent, newRecord } from './records.ts';

export interface DeskOptions {
  readonly records: IdentityRecords;
  readonly projectName: (projectId: string) => string | null;
  readonly facts: (record: IdentityRecord) => Omit<IdentityFacts, 'doing'>;
  readonly inbox: (projectId: string) => IdentityView['inbox'];
  readonly show: (projectId: string, view: IdentityView | null) => void;
  readonly audit: (entry: AuditInput) => void;
  readonly now: () => number;
}

/** What is under way for a project. */
interface Work {
  readonly step: IdentityStepId | null;
  readonly sentence: string;
  readonly ended: Promise<unknown>;
}

/** The records of the projects' identities with what is done to them: one thing at a time for each, shown as it goes. */
export class Desk {
  readonly #o: DeskOptions;
  readonly #work = new Map<string, Work>();
  readonly #stop = new AbortController();

  constructor(options: DeskOptions) {
    this.#o = options;
  }

  all(): readonly IdentityRecord[] {
    return this.#o.records.all();
  }

  find(projectId: string): IdentityRecord | null {
    return this.#o.records.get(projectId);
  }

  /** What a project is called. */
  nameOf(projectId: string): string {
    return this.#o.projectName(projectId) ?? this.find(projectId)?.projectName ?? 'Another project';
  }

  /** @throws where the project has none */
  get(projectId: string): IdentityRecord {
    const found = this.find(projectId);
    if (found === null) throw new Refused('invalid', 'This project has no identity yet. Pick one, or make one.');
    return found;
  }

  /** The record with its identity. @throws where there is none */
  named(projectId: string): IdentityRecord & { readonly identity: NonNullable<IdentityRecord['identity']> } {
    const found = this.get(projectId);
    if (found.identity === null) throw new Refused('invalid', 'This project has no identity yet. Pick one, or make one.');
    return { ...found, identity: found.identity };
  }

  /** The facts of a record as they are now. */
  factsOf(record: IdentityRecord): IdentityFacts {
    return { ...this.#o.facts(record), doing: this.#work.get(record.projectId)?.step ?? null };
  }

  change(projectId: string, change: Partial<IdentityRecord>): void {
    this.#o.records.put({ ...this.get(projectId), ...change });
    this.publish(projectId);
  }

  /** Writes down what Ravi is about to be asked; resolves when that is on the disk. */
  async intend(projectId: string, intent: Intent): Promise<void> {
    await this.#o.records.putDurably({ ...this.get(projectId), intent });
  }

  /** A step is as it should be. */
  clear(projectId: string, step: IdentityStepId): void {
    const { [step]: _gone, ...troubles } = this.get(projectId).troubles;
    this.change(projectId, { troubles });
  }

  /** A step failed, without anybody waiting for it. */
  fail(projectId: string, step: IdentityStepId | null, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const { troubles } = this.get(projectId);
    const at = this.#o.now();
    this.change(projectId, step === null ? { trouble: message } : { troubles: { ...troubles, [step]: { message, at } } });
  }

  forget(projectId: string): void {
    this.#o.records.delete(projectId);
    this.#o.show(projectId, null);
  }

  /**
   * Does something for a project; nothing else is done for it meanwhile. What goes wrong is kept at the step. `open` makes the record
   * where there is none. @throws what `act` throws; Refused while something is under way
   */
  async work<T>(
    projectId: string,
    what: { readonly step: IdentityStepId | null; readonly sentence: string; readonly open?: boolean },
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { step, sentence } = what;
    const busy = this.#work.get(projectId);
    if (busy) throw new Refused('stale', `${busy.sentence} Wait until that is over.`);
    this.#stop.signal.throwIfAborted();
    if (what.open === true && this.find(projectId) === null) {
      const name = this.#o.projectName(projectId);
      if (name === null) throw new Refused('invalid', 'There is no such project in Jean.');
      this.#o.records.put(newRecord(projectId, name, this.#o.now()));
    }
    this.get(projectId);
    let end = (): void => undefined;
    this.#work.set(projectId, { step, sentence, ended: new Promise<void>((resolve) => (end = resolve)) });
    try {
      if (step === null) this.change(projectId, { trouble: null });
      this.publish(projectId);
      const value = await act(this.#stop.signal);
      if (this.find(projectId) !== null && step !== null) this.clear(projectId, step);
      return value;
    } catch (failure) {
      const error = advised(failure, this.find(projectId)?.intent != null);
      if (!this.#stop.signal.aborted && this.find(projectId) !== null) this.fail(projectId, step, error);
      throw error;
    } finally {
      this.#work.delete(projectId);
      end();
      if (!this.#stop.signal.aborted) this.publish(projectId);
    }
  }

  /** Ends what is under way; what Ravi may have done by then is looked up by the next run. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('The companion is stopping.'));
    await Promise.all([...this.#work.values()].map(({ ended }) => ended));
  }

  note(kind: AuditInput['kind'], projectId: string, message: string, outcome: AuditInput['outcome'] = 'ok'): void {
    const record = this.find(projectId);
    const facts: Record<string, string> = {
      project: record?.projectName ?? projectId,
      ...(record?.identity ? { identity: record.identity.name, address: record.identity.inbox } : {}),
    };
    this.#o.audit({ kind, actor: 'person', outcome, message, facts });
  }

  publish(projectId: string): void {
    const record = this.find(projectId);
    this.#o.show(projectId, record && this.#viewOf(record));
  }

  #viewOf(record: IdentityRecord): IdentityView {
    const { projectId, identity, intent, login, owner, password, trouble } = record;
    const facts = this.factsOf(record);
    const work = this.#work.get(projectId);
    const { steps, next } = checklist(record, facts);
    return {
      id: projectId,
      identity: identity && { uuid: identity.uuid, name: identity.name, address: identity.inbox, phone: identity.phone },
      steps,
      next,
      busy: work?.sentence ?? null,
      unsure: work || intent === null ? null : unsureWords(intent),
      trouble,
      login,
      suggestedLogin: suggestedLogin(identity?.inbox ?? ''),
      owner: owner && { login: owner.login, organization: owner.type === 'Organization' },
      passwordKept: password !== null,
      inUse: facts.inUse,
      inbox: this.#o.inbox(projectId),
    };
  }
}

/** What is not known, and what to do about it. */
function unsureWords(intent: Intent): string {
  switch (intent.what) {
    case 'create':
      return `Ravi was asked to make ${intent.name}, and its answer was lost. Look again before you make another: it may be billed.`;
    case 'phone':
      return 'Ravi was asked for a phone number, and its answer was lost. Look again before you ask for another: it may be billed.';
    case 'key':
      return `Ravi was asked for the key “${intent.label}”, and its answer was lost. Look again before another is made.`;
    case 'password':
      return 'Ravi’s vault was asked to keep the password, and its answer was lost. Look again.';
    default:
      return intent satisfies never;
  }
}
