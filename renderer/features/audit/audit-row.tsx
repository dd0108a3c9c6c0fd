import type { AuditEntry } from '../../../shared/audit.ts';
import { Facts } from '../../ui/facts.tsx';
import { EntrySign } from './entry-sign.tsx';
import { kindWords } from './kind-words.ts';

const actors: Readonly<Record<AuditEntry['actor'], string>> = {
  companion: 'the Companion',
  person: 'you',
  git: 'git',
  jean: 'Jean',
  github: 'GitHub',
  guest: 'somebody by remote access',
};

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

function Detail({ entry }: { readonly entry: AuditEntry }) {
  return (
    <div className="entry-detail">
      <Facts
        facts={[
          ['What', kindWords[entry.kind]],
          ['By', actors[entry.actor]],
          ['When', exact.format(entry.at)],
          ['About', entry.subject],
          ...Object.entries(entry.facts).map(([name, text]) => [name, text] as const),
          ['Fingerprint', entry.fingerprint === null ? null : <code key="print">{entry.fingerprint}</code>],
          ['Entry', String(entry.seq)],
          ['Hash', <code key="hash">{entry.hash}</code>],
          ['Hash before', <code key="previous">{entry.previous}</code>],
        ]}
      />
    </div>
  );
}

interface AuditRowProps {
  readonly entry: AuditEntry;
  /** Heading above the first entry of a day. */
  readonly day: string | null;
  readonly open: boolean;
  readonly onToggle: () => void;
}

/** One entry of the log; unfolds to its facts and hashes. */
export function AuditRow({ entry, day, open, onToggle }: AuditRowProps) {
  return (
    <>
      {day !== null && <h2 className="day">{day}</h2>}
      <div className={open ? 'entry entry-open' : 'entry'}>
        <button type="button" className="entry-line" data-row aria-expanded={open} onClick={onToggle}>
          <time dateTime={new Date(entry.at).toISOString()}>{time.format(entry.at)}</time>
          <EntrySign entry={entry} />
          <span className={open ? 'entry-message' : 'entry-message cut'}>{entry.message}</span>
          <span className="entry-subject cut">{entry.subject}</span>
          <code className="entry-print">{entry.fingerprint?.slice(0, 8)}</code>
        </button>
        {open && <Detail entry={entry} />}
      </div>
    </>
  );
}
