import type { FaultAnswer } from '../sandbox/faults.ts';

/** An answer that is none of what was asked for. */
export const answer = (status: number, body: unknown = { detail: 'No.', message: 'No.' }): FaultAnswer => ({ status, body });
const huge = JSON.stringify({ detail: 'x'.repeat(17 * 1024 * 1024) });

/** Everything that a service or the way to it can do to a request; `made`: it was carried out all the same. */
export const faults: readonly { readonly name: string; readonly answer: FaultAnswer; readonly made: boolean }[] = [
  { name: '500', answer: answer(500), made: false },
  { name: '503', answer: answer(503), made: false },
  { name: '503 of a gateway', answer: answer(503, '<html>Service unavailable</html>'), made: false },
  {
    name: '429 with Retry-After',
    answer: { status: 429, headers: { 'retry-after': '37' }, body: { detail: 'Request was throttled.' } },
    made: false,
  },
  { name: '401', answer: answer(401), made: false },
  { name: '402', answer: answer(402, { detail: 'Active subscription required.', code: 'subscription_required' }), made: false },
  { name: '403', answer: answer(403), made: false },
  { name: '404', answer: answer(404), made: false },
  { name: '409', answer: answer(409), made: false },
  { name: 'a dropped connection', answer: 'drop', made: false },
  { name: 'a lost answer', answer: 'lose', made: true },
  { name: 'a connection reset in the middle of the answer', answer: 'cut', made: true },
  { name: 'an answer that never comes', answer: 'mute', made: true },
  { name: 'a page of somebody in between', answer: 'garble', made: true },
  { name: 'half an answer', answer: 'half', made: true },
  {
    name: 'wrong types',
    answer: { instead: { status: 201, body: { uuid: 5, key: 7, name: [], id: 'x', login: 3, results: 'no' } } },
    made: true,
  },
  { name: 'a huge answer', answer: { instead: { status: 200, body: huge } }, made: true },
];
