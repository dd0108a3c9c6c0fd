import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { keyed } from './keyed.ts';

interface ConfirmProps {
  readonly title: string;
  /** What comes of it: what is lost, how much of it, and the way back where there is one. */
  readonly says: readonly string[];
  /** The button that leaves all as it is. */
  readonly keep: string;
  readonly yes: string;
  /** `danger`: what is lost can't be got again by a click. */
  readonly look?: 'danger' | 'primary';
  readonly busy?: boolean;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

/** Asks before something is done that takes something away, costs something or leaves this computer, and names it. */
export function Confirm({ title, says, keep, yes, look = 'danger', busy = false, onYes, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {keyed(says, (one) => one).map(({ key, item }) => (
        <p key={key} className="dialog-text">
          {item}
        </p>
      ))}
      <div className="dialog-actions">
        <Button onClick={onClose}>{keep}</Button>
        <Button look={look} busy={busy} onClick={onYes}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
