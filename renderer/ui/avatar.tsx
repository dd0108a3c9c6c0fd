import './avatar.css';

const hues = 6;

/** The first letter of a login on a colour that stays its own. */
export function Avatar({ login }: { readonly login: string }) {
  let sum = 0;
  for (const char of login) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return (
    <span className={`avatar avatar-${sum % hues}`} aria-hidden="true">
      {(login[0] ?? '?').toUpperCase()}
    </span>
  );
}
