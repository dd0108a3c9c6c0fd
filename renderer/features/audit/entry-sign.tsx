import { Bell, DoorOpen, FileCheck, GitBranch, KeyRound, type LucideIcon, Plug, Power, SquareTerminal } from 'lucide-react';
import type { AuditEntry } from '../../../shared/audit.ts';
import { StatusShape } from '../../ui/status-shape.tsx';
import { type Family, familyOf } from './kind-words.ts';

const icons: Readonly<Record<Family, LucideIcon>> = {
  credential: KeyRound,
  worktree: GitBranch,
  session: SquareTerminal,
  connection: Plug,
  remote: DoorOpen,
  app: Power,
  notification: Bell,
  audit: FileCheck,
};

/** What an entry is about as an icon; a shape where something failed or was refused. */
export function EntrySign({ entry }: { readonly entry: AuditEntry }) {
  if (entry.outcome === 'failed') return <StatusShape shape="failed" label="failed" />;
  if (entry.outcome === 'refused') return <StatusShape shape="needs-you" label="refused" />;
  const Icon = icons[familyOf(entry.kind)];
  return <Icon className="entry-icon" size={15} strokeWidth={1.8} aria-hidden="true" />;
}
