import * as electron from 'electron';
import { ClipboardLoans, type ClipboardLoansOptions } from './clipboard-loans.ts';
import { concealed } from './concealed.ts';

/** The loans of the system's clipboard. */
export const clipboardLoans = (box: ClipboardLoansOptions['box'], report: ClipboardLoansOptions['report']): ClipboardLoans =>
  new ClipboardLoans({ clipboard: electron.clipboard, write: writeConcealed, box, report });

/** Puts a secret on the clipboard, with the marks by which clipboard managers leave it out of their histories. */
async function writeConcealed(text: string): Promise<void> {
  const { clipboard } = electron;
  // Electron before 45 has no items: it can write a mark or a text, and not both.
  const Item: typeof electron.ClipboardItem | undefined = electron.ClipboardItem;
  if (Item === undefined) return await clipboard.writeText(text);
  try {
    await clipboard.write([new Item(concealed(text, process.platform))]);
  } catch {
    // Without a mark is better than not at all: the person waits to paste it.
    await clipboard.writeText(text);
  }
}
