/** What is written at once, format to content. */
export type ConcealedItem = Record<string, string | Blob>;

const format = (name: string): string => `electron application/osclipboard;format="${name}"`;
/** A Windows DWORD of 0: "no". */
const no = (): Blob => new Blob([new Uint8Array(4)]);

/**
 * A secret for the clipboard, with what each system's clipboard managers agreed on: KDE's hint, which others follow; nspasteboard.org;
 * Windows' formats for its history, its cloud and programs that watch ("Cloud Clipboard and Clipboard History Formats").
 */
export function concealed(text: string, platform: NodeJS.Platform): ConcealedItem {
  switch (platform) {
    case 'darwin':
      return { 'text/plain': text, [format('org.nspasteboard.ConcealedType')]: '1' };
    case 'win32':
      return {
        'text/plain': text,
        [format('ExcludeClipboardContentFromMonitorProcessing')]: '1',
        [format('CanIncludeInClipboardHistory')]: no(),
        [format('CanUploadToCloudClipboard')]: no(),
      };
    default:
      return { 'text/plain': text, [format('x-kde-passwordManagerHint')]: 'secret' };
  }
}
