// What Electron's own default_app.asar does, for the fallback runtime: loads the app folder that is the first argument and no flag.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const args = process.argv.slice(1);
// Playwright preloads its loader with -r.
if (args[0] === '-r') createRequire(import.meta.url)(args.splice(0, 2)[1]);
const path = resolve(args.find((arg) => !arg.startsWith('-')) ?? '.');
const folder = statSync(path).isDirectory() ? path : dirname(path);
const about = folder === path ? JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) : {};
Object.defineProperty(process, 'defaultApp', { enumerable: true, value: true });
app.setAppPath(folder);
if (about.version) app.setVersion(about.version);
if (about.productName ?? about.name) app.setName(about.productName ?? about.name);
app.setDesktopName(about.desktopName ?? `${app.name}.desktop`);
await import(pathToFileURL(folder === path ? join(folder, about.main ?? 'index.js') : path).href);
