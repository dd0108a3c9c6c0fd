// Draws the PNGs in build/icons from the SVGs beside them: `node build/icons.mjs`. Run it after an SVG has changed and commit the result;
// the app ships the PNGs. The renderer is installed into a temporary folder, so that it is no dependency of the app.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const icons = join(import.meta.dirname, 'icons');
const states = ['offline', 'idle', 'running', 'attention', 'error'];
const renderer = '@resvg/resvg-js@2.6.2';

/** Light enough for a dark panel; the outline below carries them on a light one. Idle and offline have no colour. */
const inks = { running: '#8fa9ff', attention: '#f5b04c', error: '#ff8066' };
const ink = '#ffffff';

/** Size in px at 1x, and how the glyph is drawn. macOS colours a template image by itself, so there it is bare black. */
const platforms = {
  linux: { size: 22, draw: outlined, suffix: '' },
  win32: { size: 16, draw: outlined, suffix: '' },
  darwin: { size: 18, draw: (svg) => svg, suffix: 'Template' },
};

/** The glyph in its ink over a dark copy of itself that is about 1 px wider at any size: readable on any panel. */
function outlined(svg, state, width) {
  const wider = (2 * (width < 30 ? 1.1 : 1.5) * 24) / width;
  const open = svg.indexOf('>') + 1;
  const glyph = svg.slice(open).replace('</svg>', '');
  const outline = glyph
    .replace(/<mask[\s\S]*<\/mask>/, '')
    .replace(/ mask="[^"]*"/, '')
    .replace(/stroke-width="([\d.]+)"/g, (_, own) => `stroke-width="${Number(own) + wider}"`)
    .replaceAll(
      'fill="currentColor"',
      `fill="currentColor" stroke="currentColor" stroke-linejoin="round" stroke-width="${wider}"`,
    );
  const head = svg.slice(0, open).replace('color="#000"', `color="${inks[state] ?? ink}"`);
  return `${head}<g color="#1d2433">${outline}</g>${glyph}</svg>`;
}

const work = mkdtempSync(join(tmpdir(), 'icons-'));
try {
  execFileSync('npm', ['install', '--prefix', work, '--no-audit', '--no-fund', '--loglevel=error', renderer], {
    stdio: 'inherit',
  });
  const { Resvg } = createRequire(join(work, 'package.json'))('@resvg/resvg-js');
  const draw = (svg, width, file) =>
    writeFileSync(file, new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render().asPng());

  for (const [platform, { size, draw: style, suffix }] of Object.entries(platforms)) {
    const folder = join(icons, 'tray', platform);
    mkdirSync(folder, { recursive: true });
    for (const state of states) {
      const svg = readFileSync(join(icons, `${state}.svg`), 'utf8');
      draw(style(svg, state, size), size, join(folder, `${state}${suffix}.png`));
      draw(style(svg, state, size * 2), size * 2, join(folder, `${state}${suffix}@2x.png`));
    }
  }
  draw(readFileSync(join(icons, 'app.svg'), 'utf8'), 512, join(icons, 'app.png'));
} finally {
  rmSync(work, { recursive: true, force: true });
}
