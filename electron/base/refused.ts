/** What a request of the page is refused with when trying the same again would not help. Its message is a sentence for the person. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: 'stale' | 'not-offered' | 'invalid';

  constructor(code: Refused['code'], message: string) {
    super(message);
    this.code = code;
  }
}
