import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanText, cut, escapeMarkdown, safeUrl } from '../../src/engine/escape.ts';
import { mentionsIn } from '../../src/simulator/mattermost/mattermost.ts';
import { parseChannelMentions } from '../../src/simulator/mattermost/text.ts';

/** Links and images whose target the text itself doesn't show, as markdown readers find them: an unescaped `](`, `![`, `<…>`. */
function hasMarkup(markdown: string): boolean {
  const bare = markdown.replace(/\\[\\`*_[\]<>#|!]/g, '');
  return /[`*_[\]<>#|!]/.test(bare);
}

const HOSTILE = [
  '@all',
  '@channel',
  '@here',
  'x @user y',
  '~town-square',
  '@@all',
  '(@all)',
  '@\u200ball',
  '@\u202eall',
  '`@all`',
  '```\n@all\n```',
  '``` ``` @all',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/p.png)',
  '<https://evil.example|PagerDuty>',
  '<@U1>',
  '# heading',
  '| a | b |',
  '**bold** _it_ ~~no~~',
  '\\@all',
  '\\`@all\\`',
  '\u0000@all\u0000',
  '@\u0000all',
  '@\u00adall',
  '\ud800@all',
  'https://x.example/@all',
  'http://x.example/~town-square @all',
];

describe('escapeMarkdown', () => {
  it.each(HOSTILE)('takes the sting out of %j', (text) => {
    const escaped = escapeMarkdown(text);
    expect(mentionsIn({ message: escaped })).toEqual([]);
    expect(parseChannelMentions(escaped)).toEqual([]);
    if (!/^https?:/.test(text)) expect(hasMarkup(escaped)).toBe(false);
  });

  it('mentions nobody and draws nothing, whatever 10 000 strings say', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...HOSTILE,
        '@',
        '~',
        '`',
        '[',
        '](',
        ')',
        '!',
        '\\',
        '\u200b',
        '\u202e',
        '\n',
        'https://',
        ' ',
        'all',
        'channel',
        '.',
        '-',
      ),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const escaped = escapeMarkdown(pieces.join(''));
        return (
          mentionsIn({ message: `:fire: ${escaped} ` }).length === 0 &&
          parseChannelMentions(escaped).length === 0 &&
          escaped.isWellFormed() &&
          (escaped.startsWith('http') || !hasMarkup(escaped))
        );
      }),
      { numRuns: 10_000 },
    );
  });

  it.each(['javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd'])(
    'makes no link target of %s',
    (text) => {
      expect(`[PagerDuty](${escapeMarkdown(text)})`).not.toMatch(/\]\((javascript|data|vbscript|file):/i);
    },
  );

  it('keeps a URL a URL, without anything that ends the link or mentions somebody', () => {
    expect(escapeMarkdown('https://pd.example/i/1?a=b_c#d')).toBe('https://pd.example/i/1?a=b_c#d');
    expect(escapeMarkdown('https://pd.example/)[x](https://evil.example')).not.toMatch(/[()[\]]/);
  });
});

describe('safeUrl', () => {
  it.each(['javascript:alert(1)', 'ftp://x', '//x.example', 'x https://y', 'https://', `https://x.example/${'a'.repeat(2000)}`])(
    'is none for %s',
    (text) => {
      expect(safeUrl(text)).toBeUndefined();
    },
  );
});

describe('cleanText', () => {
  it('removes what can’t be seen: controls, bidirectional marks, tags, lone surrogates', () => {
    expect(cleanText('a\u0000b\u0007c\u202ed\u2066e\u061cf\u00adg\ufeffh\u{e0041}i\ud800')).toBe('abcdefghi\ufffd');
  });

  it('keeps newlines and tabs, and makes one newline of every kind', () => {
    expect(cleanText('a\r\nb\rc\td\n')).toBe('a\nb\nc\td\n');
  });

  it('gives composed characters (NFC), also where something between them was removed', () => {
    expect(cleanText('e\u0301')).toBe('é');
    expect(cleanText('e\u200b\u0301')).toBe('é');
  });

  it('changes nothing when it is done again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
    );
  });
});

describe('cut', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['👍👍👍👍', 4, '👍👍👍👍'],
    ['👍👍👍👍', 3, '👍👍…'],
  ])('cuts %s to %d characters: %s', (text, length, expected) => {
    expect(cut(text, length)).toBe(expected);
  });
});
