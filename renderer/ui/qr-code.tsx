import { create } from 'qrcode';
import './qr-code.css';

/** The code's own margin, in modules: readers need four. */
const margin = 4;

/** A text as a QR code: dark on light in both themes, because many readers take no other. `what` says what it leads to. */
export function QrCode({ text, what }: { readonly text: string; readonly what: string }) {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const side = modules.size + 2 * margin;
  return (
    <svg
      className="qr-code"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={`QR code of ${what}`}
      shapeRendering="crispEdges"
    >
      <path d={pathOf(modules.size, (row, column) => modules.get(row, column) === 1)} />
    </svg>
  );
}

/** Each run of dark modules of a row as one rectangle. */
function pathOf(size: number, dark: (row: number, column: number) => boolean): string {
  let path = '';
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      if (!dark(row, column)) continue;
      let end = column + 1;
      while (end < size && dark(row, end)) end += 1;
      path += `M${column + margin} ${row + margin}h${end - column}v1h-${end - column}z`;
      column = end;
    }
  return path;
}
