import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildPost, cut } from '../../../src/connectors/mattermost/buttons.ts';

const url = 'https://bridge.example.test/hooks/mattermost/actions';

describe('buildPost', () => {
  test('sends every field that newer servers check', () => {
    const { message, props } = buildPost(
      {
        text: 'Checkout error rate',
        sections: [
          {
            title: 'Open',
            text: 'Nobody has it',
            color: '#d24b4e',
            buttons: [
              { label: 'Acknowledge', style: 'primary', token: 't1' },
              { label: 'Resolve', style: 'danger', token: 't2' },
            ],
          },
        ],
      },
      { ib_key: 'ib-1' },
      url,
    );
    expect(message).toBe('Checkout error rate');
    expect(props).toEqual({
      ib_key: 'ib-1',
      attachments: [
        {
          fallback: 'Open',
          color: '#d24b4e',
          title: 'Open',
          text: 'Nobody has it',
          actions: [
            { id: 's0b0', name: 'Acknowledge', type: 'button', style: 'primary', integration: { url, context: { token: 't1' } } },
            { id: 's0b1', name: 'Resolve', type: 'button', style: 'danger', integration: { url, context: { token: 't2' } } },
          ],
        },
      ],
    });
  });

  test('a post without sections keeps its key', () => {
    expect(buildPost({ text: 'x', sections: [] }, { ib_key: 'ib-1' }, url).props).toEqual({ ib_key: 'ib-1' });
  });

  test('cuts texts until the props fit, and leaves every button', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 9_000 });
    const button = fc.record({
      label: fc.string({ maxLength: 40 }),
      style: fc.constant('default' as const),
      token: fc.string({ maxLength: 300 }),
    });
    const section = fc.record({ title: text, text, color: fc.constant('#fff'), buttons: fc.array(button, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 3 }), (sections) => {
        const { props } = buildPost({ text: '', sections }, { ib_key: 'ib-1' }, url);
        expect(goLength(props) + 215 * sections.length).toBeLessThanOrEqual(8_000);
        const ids = JSON.stringify(props).match(/"id":"[A-Za-z0-9]+"/g) ?? [];
        expect(ids).toHaveLength(sections.reduce((sum, { buttons }) => sum + buttons.length, 0));
      }),
      { numRuns: 100 },
    );
  });

  test('says so when the buttons alone are too many', () => {
    const buttons = Array.from({ length: 40 }, () => ({ label: 'x'.repeat(100), style: 'default' as const, token: 'y'.repeat(400) }));
    expect(() => buildPost({ text: '', sections: [{ title: '', text: '', color: '', buttons }] }, {}, url)).toThrow('fewer buttons');
  });
});

test('cut counts characters as people do', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
  expect(cut('🚀🚀🚀', 3)).toBe('🚀🚀🚀');
  expect(cut('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
});

/** The size as the server's language writes it. */
function goLength(value: unknown): number {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, 'uuuuuu').length;
}
