import './trouble.css';

/** Why what was just asked for did not work, where it was asked for; nothing while it works. */
export function Trouble({ children }: { readonly children: string | null | undefined }) {
  if (children == null) return null;
  return (
    <p className="trouble" role="alert">
      {children}
    </p>
  );
}
