import { Lock } from 'lucide-react';
import { isManaged } from '../../../shared/preferences.ts';
import { usePreferences } from './setting.tsx';
import './managed.css';

/** Tells of the dotted path of a setting whether an organization has set it, so that it can't be changed here. */
export function useLocked(): (path: string) => boolean {
  const managed = usePreferences()?.managed ?? [];
  return (path) => isManaged(managed, path);
}

/** Says that something above or below can't be changed here, where an organization has set one of `paths`. */
export function ManagedLine({ paths }: { readonly paths: readonly string[] }) {
  const locked = useLocked();
  if (!paths.some(locked)) return null;
  return (
    <p className="managed-line">
      <Lock size={12} aria-hidden="true" /> What can’t be changed here is set by your organization.
    </p>
  );
}
