import { createHash } from 'node:crypto';

/** A page of ours: whole, with no script and nothing from elsewhere. */
export interface OwnPage {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

const style = `
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #5c5c66; --ground: #f6f6f8; --card: #fff; --line: #dcdce2; --act: #3b5bdb; --on-act: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --soft: #a3a3ad; --ground: #141417; --card: #1d1d21; --line: #33333a; --act: #8ea4ff; --on-act: #10131f } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 30rem; padding: 32px; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
h1 { margin: 0 0 12px; font-size: 1.25rem; line-height: 1.3; font-weight: 600 }
p { margin: 0 0 12px } p:last-child { margin-bottom: 0 }
.soft { color: var(--soft); font-size: .875rem }
button, .button { display: inline-block; margin: 8px 0 16px; padding: 10px 20px; border: 0; border-radius: 8px; background: var(--act); color: var(--on-act); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer }
button:focus-visible, .button:focus-visible { outline: 3px solid var(--act); outline-offset: 3px }
`;
const styleHash = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** Where the button of {@link askPage} sends to. Jean has nothing there. */
export const entrance = '/.jean-ravi/enter';

function page(title: string, body: string, head = ''): OwnPage {
  const html =
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n' +
    `<meta name="robots" content="noindex, nofollow">\n<title>${escaped(title)}</title>\n${head}<style>${style}</style>\n</head>\n` +
    `<body>\n<main>\n<h1>${escaped(title)}</h1>\n${body}\n</main>\n</body>\n</html>\n`;
  return { html, policy };
}

/** Asks a person to press a button, which spends the token. @param to where they are going, path and query */
export function askPage(token: string, to: string): OwnPage {
  return page(
    'Open Jean',
    '<p>Somebody shared their Jean with you. This link works once: it lets this browser in, and nobody else after it.</p>\n' +
      `<form method="post" action="${entrance}"><input type="hidden" name="token" value="${escaped(token)}">` +
      `<input type="hidden" name="to" value="${escaped(to)}"><button>Open Jean in this browser</button></form>\n` +
      '<p class="soft">Why a button: messengers and mail programs open links by themselves to show a preview, and would use the link up before you. ' +
      'Press it in the browser that you want to go on with.</p>',
  );
}

/** The browser has its cookie now and goes on to the clean address, by itself or with the link. */
export function movedPage(to: string): OwnPage {
  return page(
    'Opening Jean',
    `<p><a class="button" href="${escaped(to)}">Go on to Jean</a></p>\n<p class="soft">If nothing happens, follow the link.</p>`,
    `<meta http-equiv="refresh" content="0;url=${escaped(to)}">\n`,
  );
}

/** Nobody is told why: not what was wrong, nor whether there ever was such a credential. */
export const refusedPage = page(
  'You can’t come in with this',
  '<p>The link is wrong, is over, or does not work from here.</p>\n<p>Ask the person who shared their Jean with you for a new one.</p>',
);

/** Somebody came without anything. */
export const strangerPage = page(
  'This Jean is shared by link',
  '<p>To come in, open the link that you were given. If it has opened this Jean here before, that is over.</p>',
);

/** Too many wrong attempts came from this address. */
export const lockedOutPage = page(
  'Try again later',
  '<p>Too many wrong attempts came from your network address, so wrong ones are not looked at for a while.</p>\n' +
    '<p>A link that is right still works.</p>',
);

export const pausedPage = page(
  'Remote access is paused',
  '<p>The person who shares this Jean has paused it for everybody. Try again later.</p>',
);

/** Too many connections at once. */
export const busyPage = page(
  'Too much at once',
  '<p>There are too many connections with this link. Close a few tabs, and load this page again.</p>',
);

/** What was sent is not served; `why` is a sentence of ours. */
export function turnedPage(why: string): OwnPage {
  return page('This can’t be served', `<p>${escaped(why)}</p>`);
}

/** Jean does not answer. @param why a sentence of ours. @param remedy what can be done about it */
export function upstreamPage(why: string, remedy: string): OwnPage {
  return page(
    'Jean can’t be reached',
    `<p>${escaped(why)}</p>\n<p>${escaped(remedy)}</p>\n<p class="soft">You are let in. It is only Jean that is away.</p>`,
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
