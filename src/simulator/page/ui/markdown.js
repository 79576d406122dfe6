import { element } from './dom.js';
import { findEmoji } from './emoji.js';

/**
 * A little of Mattermost's markdown, as nodes: links, bold, italics, strike, code, lists, headings, :emoji:, @mentions and ~channels.
 * `context`: { me, users: Set of names, channels: Map name -> channel, openChannel(name) }.
 */
export function markdown(text, context) {
  const box = element('div', { class: 'markdown' });
  const parts = text.split(/```(?:\w*\n)?([\s\S]*?)```/);
  parts.forEach((part, index) => {
    if (index % 2 === 1) box.append(element('pre', {}, part.replace(/\n$/, '')));
    else if (part.trim() !== '') box.append(...blocks(part, context));
  });
  return box;
}

function blocks(text, context) {
  const made = [];
  let list;
  for (const paragraph of text.trim().split(/\n{2,}/)) {
    let lines;
    for (const line of paragraph.split('\n')) {
      const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      if (item) {
        if (!list) made.push((list = element('ul')));
        list.append(element('li', {}, inline(item[1], context)));
        lines = undefined;
        continue;
      }
      list = undefined;
      if (heading) {
        made.push(element('p', { class: 'heading' }, inline(heading[1], context)));
        lines = undefined;
      } else if (lines) lines.append(element('br'), ...inline(line, context));
      else made.push((lines = element('p', {}, inline(line, context))));
    }
    list = undefined;
  }
  return made;
}

// One alternative each: an escaped sign, code, [text](url), bare address, bold, strike, italics, :emoji:, @name, ~channel.
const tokens =
  /\\([\\`*_{}[\]()<>#+.!|~@-])|`([^`\n]+)`|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>)\]]*[^\s<>)\].,;:!?])|\*\*((?:\\.|[^\n\\])+?)\*\*|~~([^\n]+?)~~|(?<![\w*])[*_]([^\s*_][^\n*_]*)[*_](?![\w*])|:([a-z0-9_+-]+):|(?<![\w@.])@([a-z0-9][a-z0-9._-]*)|(?<![\w~])~([a-z0-9][a-z0-9_-]*)/gi;

export function inline(text, context) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    nodes.push(...toNodes(match, context));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function toNodes(match, context) {
  const [whole, escaped, code, label, href, url, bold, strike, italics, emoji, user, channel] = match;
  if (escaped !== undefined) return [escaped];
  if (code !== undefined) return [element('code', {}, code)];
  if (href !== undefined) return [link(href, inline(label, { ...context, isInLink: true }))];
  if (url !== undefined) return context.isInLink ? [url] : [link(url, [url])];
  if (bold !== undefined) return [element('strong', {}, inline(bold, context))];
  if (strike !== undefined) return [element('s', {}, inline(strike, context))];
  if (italics !== undefined) return [element('em', {}, inline(italics, context))];
  if (emoji !== undefined) return [findEmoji(emoji) ?? whole];
  if (user !== undefined) return mention(whole, user, context);
  return channelLink(whole, channel, context);
}

function link(href, children) {
  return element('a', { href, target: '_blank', rel: 'noreferrer noopener' }, ...children);
}

const everybody = ['channel', 'all', 'here'];

function mention(whole, sent, context) {
  const name = sent.replace(/[._-]+$/, '').toLowerCase();
  if (!context.users.has(name) && !everybody.includes(name)) return [whole];
  const isMe = name === context.me || everybody.includes(name);
  const rest = whole.slice(name.length + 1);
  return [element('span', { class: isMe ? 'mention me' : 'mention' }, `@${sent.slice(0, name.length)}`), rest];
}

function channelLink(whole, name, context) {
  const channel = context.channels.get(name);
  if (!channel || context.isInLink) return [whole];
  const open = () => context.openChannel(name);
  return [element('button', { type: 'button', class: 'channel-link', on: { click: open } }, `~${channel.displayName || name}`)];
}
