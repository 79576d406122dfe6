import { bridgeNow } from './api.js';
import { h } from './dom.js';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** 4 s · 12 m 04 s · 3 h 20 m · 2 d 4 h */
export function formatDuration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} m`;
  return `${days} d ${hours % 24} h`;
}

/** just now · 40 s ago · 5 m ago · 3 h ago · 2 d ago · in 20 s */
export function formatAgo(ms) {
  if (ms < -1500) return `in ${short(-ms)}`;
  if (ms < 5000) return 'just now';
  return `${short(ms)} ago`;
}

function short(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

const pad = (number) => String(number).padStart(2, '0');

/** Time of day in the local zone; the exact time on hover. */
export function clockTime(iso) {
  const at = new Date(iso);
  const isToday = new Date(bridgeNow()).toDateString() === at.toDateString();
  return h('time', { datetime: iso, title: exact.format(at) }, (isToday ? clock : dayAndClock).format(at));
}

/** "5 m ago", kept up to date. */
export function ago(iso, props = {}) {
  const at = new Date(iso);
  return h('time', { ...props, datetime: iso, title: exact.format(at), 'data-ago': iso }, formatAgo(bridgeNow() - at.getTime()));
}

/** How long since, counting up until `until`. */
export function durationSince(fromIso, untilIso) {
  const from = Date.parse(fromIso);
  const title = `since ${exact.format(new Date(from))}`;
  if (untilIso)
    return h('span', { title: `${title} until ${exact.format(new Date(untilIso))}` }, formatDuration(Date.parse(untilIso) - from));
  return h('span', { title, 'data-since': fromIso }, formatDuration(bridgeNow() - from));
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = formatDuration(bridgeNow() - Date.parse(element.dataset.since));
  }
  for (const element of document.querySelectorAll('[data-ago]')) {
    const text = formatAgo(bridgeNow() - Date.parse(element.dataset.ago));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);
