import { useId, useState } from 'react';
import { Button } from '../../ui/button.tsx';

interface MessageFormProps {
  readonly name: string;
  readonly running: boolean;
  readonly busy: boolean;
  /** `clear` empties the field: it is called when the message has arrived. */
  readonly onSend: (message: { readonly text: string; readonly messageId: string; readonly clear: () => void }) => void;
}

/** A field for the session's next message. Ctrl or Cmd with Enter sends. */
export function MessageForm({ name, running, busy, onSend }: MessageFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  // The same words are the same message however often they are sent: main looks for it before it sends it again.
  const [messageId, setMessageId] = useState(() => crypto.randomUUID());
  const change = (next: string) => {
    setText(next);
    setMessageId(crypto.randomUUID());
  };
  const send = () => {
    if (!busy && text.trim() !== '') onSend({ text: text.trim(), messageId, clear: () => change('') });
  };
  return (
    <form
      className="message"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label className="unseen" htmlFor={id}>
        Next message to {name}
      </label>
      <textarea
        id={id}
        className="field area"
        rows={1}
        value={text}
        placeholder={running ? 'Next message, sent when its turn is over' : 'Next message'}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          send();
        }}
      />
      <Button submit busy={busy || text.trim() === ''}>
        Send
      </Button>
    </form>
  );
}
