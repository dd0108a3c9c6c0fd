import { randomInt } from 'node:crypto';
import { Secret } from '../base/secret.ts';

/** No 0 O o, no 1 l I |: a password may have to be typed from one screen into another. */
const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '-_.+=!'] as const;
const alphabet = classes.join('');
const length = 24;

/** A password of 24 characters with one of each kind, drawn evenly. `draw` answers a whole number from 0 up to below `max`. */
export function newPassword(draw: (max: number) => number = (max) => randomInt(max)): Secret {
  for (;;) {
    const drawn = Array.from({ length }, () => alphabet.charAt(draw(alphabet.length))).join('');
    // Drawn again as a whole: to place one of each kind would make some passwords likelier than others.
    if (classes.every((kind) => [...drawn].some((character) => kind.includes(character)))) return Secret.of(drawn);
  }
}
