/**
 * Text from outside on its way into chat (SEC12): it can't mention anybody, lie about a link, show an image or draw markup.
 * Whoever can make an alert fire chooses such text.
 */

const MAX_LENGTH = 1000;
/** Control characters but newline and tab; bidirectional controls, characters without width that hide things, tags, the byte-order mark. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const MARKUP = /[\\`*_[\]<>#|!]/g;
/** Broken by a zero-width space behind the sign: chat servers find mentions and channel links by the sign. */
const MENTION = /[@~]/g;
/** In the place of a link's target these would run or hold something: their colon gets a zero-width space too. */
const ACTIVE_SCHEME = /\b(javascript|vbscript|data|file)(?=:)/gi;
/** Characters that would end a link or start a mention inside a URL. */
const URL_BREAKERS = /[\s<>()[\]"'`\\*@~|^{}]/g;

/** NFC, no unseen characters, well-formed UTF-16, cut with "…" after `maxLength` characters. */
export function cleanText(text: string, maxLength = MAX_LENGTH): string {
  const cleaned = text.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSEEN, '').normalize('NFC');
  return cut(cleaned, maxLength);
}

/** Cuts to `maxLength` characters (code points, as the vendors count), the last one "…". */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = Array.from(text);
  return characters.length <= maxLength ? text : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** An http(s) URL without anything that could end the link or mention somebody; undefined for other text. */
export function safeUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || text.length > 2000 || !URL.canParse(text)) return undefined;
  return text.replace(URL_BREAKERS, (sign) =>
    encodeURIComponent(sign).replace(/[~*'()]/g, (rest) => `%${rest.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}

/** For markdown. URLs stay URLs (their visible text is what they point at). */
export function escapeMarkdown(text: string): string {
  const cleaned = cleanText(text);
  return safeUrl(cleaned) ?? cleaned.replace(MARKUP, '\\$&').replace(MENTION, '$&\u200b').replace(ACTIVE_SCHEME, '$1\u200b');
}
