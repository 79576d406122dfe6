/** The hashtags of a message, joined by blanks, as the server stores them ("#sec #ops-2"). */
export function parseHashtags(message: string): string {
  return message
    .split(/\s+/)
    .map((word) =>
      word
        .replace(/^[^\p{L}\d\s#]+/u, '')
        .replace(/[^\p{L}\d\s]+$/u, '')
        .replace(/^#{2,}/, '#'),
    )
    .filter((word) => /^#\p{L}[\p{L}\d\-_.]*[\p{L}\d]$/u.test(word))
    .join(' ');
}

/** Names after `~`. */
export function parseChannelMentions(message: string): readonly string[] {
  if (!message.includes('~')) return [];
  const names = Array.from(message.matchAll(/(?<![\w~])~([\w-]+)/g), ([, name]) => name ?? '');
  return [...new Set(names)];
}

/** `<url|text>` and `<url>` of an `ephemeral_text` become markdown. */
export function toMarkdownLinks(text: string): string {
  return text.replace(/<([^|<>\s]+)\|([^<>]+)>/g, '[$2]($1)').replace(/<(https?:[^<>|\s]+)>/g, '[$1]($1)');
}

/**
 * Whom a post notifies: usernames in lower case, and `channel`, `all`, `here` where it calls everybody.
 * Code, e-mail addresses and the dot that ends a sentence are no mentions.
 */
export function mentionsIn(post: { readonly message: string }): readonly string[] {
  const plain = post.message.replace(/```[\s\S]*?(?:```|$)/g, ' ').replace(/`[^`\n]*`/g, ' ');
  const names = Array.from(plain.matchAll(/(?<![\w@.+-])@([a-z0-9][a-z0-9._-]*)/gi), ([, name]) =>
    (name ?? '').toLowerCase().replace(/[._-]+$/, ''),
  );
  return [...new Set(names)];
}
