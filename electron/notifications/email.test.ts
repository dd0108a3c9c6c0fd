import { describe, expect, it } from 'vitest';
import type { Telling } from './delivery.ts';
import { mailOf } from './email.ts';

const telling = (change: Partial<Telling> = {}): Telling => ({
  id: 'n1',
  kind: 'failed',
  title: 'Mend the flake failed',
  line: 'shop · checkout-flake · Mend the flake',
  detail: 'context limit reached',
  link: 'https://github.com/acme/shop/pull/7',
  ...change,
});
const plain = { detail: false, mark: '#k3f9qa' } as const;

describe('a mail', () => {
  it('has a subject, where it is, the first lines of the error and the link', () => {
    const error = Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n');
    const { subject, html } = mailOf(telling({ detail: error }), plain);
    expect(subject).toBe('Mend the flake failed');
    expect(html).toContain('shop · checkout-flake · Mend the flake');
    expect(html).toContain('line 7\n…</pre>');
    expect(html).not.toContain('line 8');
    expect(html).toContain('<a href="https://github.com/acme/shop/pull/7">');
    expect(html).toContain('#k3f9qa');
  });

  it('says what an agent wrote only where the person allowed it', () => {
    const asks = telling({ kind: 'needs-permission', detail: 'rm -rf build' });
    expect(mailOf(asks, plain).html).not.toContain('rm -rf');
    expect(mailOf(asks, { ...plain, detail: true }).html).toContain('rm -rf build');
  });

  it('shows foreign text as text', () => {
    const { html } = mailOf(
      telling({ title: '<script>x</script>', line: '<img src=x onerror=y>', detail: '</pre><b a="1">&' }),
      plain,
    );
    expect(html).not.toMatch(/<script|<img|<b /);
    expect(html).toContain('&lt;/pre&gt;&lt;b a=&quot;1&quot;&gt;&amp;');
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'https://me:secret@host/', 'nonsense', null])('links to no %s', (link) =>
    expect(mailOf(telling({ link }), plain).html).not.toContain('<a'),
  );

  it('holds no secret', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const { subject, html } = mailOf(telling({ title: `it ${token}`, detail: `line\n${token}`, line: token }), plain);
    expect(subject + html).not.toContain('a1B2a1B2');
  });
});
