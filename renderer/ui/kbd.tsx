import './kbd.css';

/** Keys to press, as printed on them. */
export const Kbd = ({ children }: { readonly children: string }) => <kbd className="kbd">{children}</kbd>;
