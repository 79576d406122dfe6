import { PermanentError } from '../../core/errors.ts';
import type { ChatMessage } from '../../core/ports.ts';

/**
 * A post's content in Mattermost's words. Sent whole every time: the server hides `integration` on every read, so props that were read
 * and written back lose their buttons.
 */
export interface PostContent {
  readonly message: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** In runes; the server refuses more. */
const MAX_MESSAGE = 16_383;
/** Servers up to 9 refuse props above 8 000 characters *after* they have filled in their default fields. */
const MAX_PROPS = 8_000;
/** What the server adds: from_bot and channel mentions once, default fields to each attachment, and room for each button's. */
const GROWTH_OF_PROPS = 250;
const GROWTH_OF_ATTACHMENT = 220;
const GROWTH_OF_BUTTON = 40;

interface MutableSection {
  title: string;
  text: string;
}

/** Translates a card into message and props, with our keys beside the attachments. */
export function buildPost(message: ChatMessage, keys: Readonly<Record<string, string>>, actionsUrl: string): PostContent {
  const sections: MutableSection[] = message.sections.map(({ title, text }) => ({ title, text }));
  const buttons = message.sections.map((section, sectionIndex) =>
    section.buttons.map((button, index) => ({
      // Letters and digits only: with any other character the server stores the button, and its click is a 404.
      id: `s${sectionIndex}b${index}`,
      name: button.label,
      type: 'button',
      style: button.style,
      integration: { url: actionsUrl, context: { token: button.token } },
    })),
  );
  const props = () => ({
    ...keys,
    ...(sections.length > 0 && {
      attachments: sections.map(({ title, text }, index) => ({
        // What notifications and old clients show. Newer servers check attachments strictly, so nothing is left out.
        fallback: cut(title === '' ? text : title, 100),
        color: message.sections[index]?.color ?? '',
        title,
        text,
        ...(buttons[index]?.length ? { actions: buttons[index] } : undefined),
      })),
    }),
  });
  let content = props();
  for (let excess = sizeOf(content, message) - MAX_PROPS; excess > 0; excess = sizeOf(content, message) - MAX_PROPS) {
    shorten(sections, excess);
    content = props();
  }
  return { message: cut(message.text, MAX_MESSAGE), props: content };
}

/** Takes characters from the longest text; buttons are never touched. */
function shorten(sections: MutableSection[], excess: number): void {
  let longest: MutableSection | undefined;
  let key: 'text' | 'title' = 'text';
  for (const section of sections) {
    if (section.text.length > (longest?.text.length ?? 1)) longest = section;
  }
  if (!longest) {
    key = 'title';
    for (const section of sections) if (section.title.length > (longest?.title.length ?? 1)) longest = section;
  }
  if (!longest) {
    throw new PermanentError({
      code: 'mattermost.card_too_large',
      message: 'The buttons of this post alone are more than Mattermost stores (8,000 characters). Use fewer buttons in one post.',
    });
  }
  const text = longest[key];
  // One character may count as six (`<`), so this never takes more than needed but may need another round.
  const keep = Math.max(0, Math.min(text.length - 2, text.length - Math.ceil(excess / 6)));
  longest[key] = cut(text, Math.max(1, keep));
}

/** The server's count: Go's JSON writes `<`, `>`, `&` as six characters each. */
function sizeOf(props: object, message: ChatMessage): number {
  const json = JSON.stringify(props);
  let size = json.length + GROWTH_OF_PROPS + message.sections.length * GROWTH_OF_ATTACHMENT;
  for (const section of message.sections) size += section.buttons.length * GROWTH_OF_BUTTON;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === 0x3c || code === 0x3e || code === 0x26 || code === 0x2028 || code === 0x2029) size += 5;
  }
  return size;
}

/** At most `max` characters as people count them (code points), the last an ellipsis where something was cut. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`;
}
