/** Talks to /api/v1. The tag of the last answer goes along, so that an unchanged list costs one empty 304. */

const answers = new Map();
let lastTouched = Date.now();
/** Difference between the bridge's clock and this device's, milliseconds. */
let clockOffsetMs = 0;

for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart', 'mousemove']) {
  addEventListener(kind, () => (lastTouched = Date.now()), { passive: true });
}

export class ApiError extends Error {
  constructor(status, body) {
    super(body?.message ?? 'The bridge gave no readable answer.');
    this.status = status;
    this.code = body?.code ?? 'unknown';
  }
}

export function bridgeNow() {
  return Date.now() + clockOffsetMs;
}

/** Resolves to `{ body, changed }`. Goes to the login when the session is over. */
export async function get(path) {
  const known = answers.get(path);
  const headers = { Accept: 'application/json' };
  if (known) headers['If-None-Match'] = known.tag;
  // A page that nobody looks after doesn't keep its session alive.
  if (Date.now() - lastTouched > 60_000) headers['X-Unattended'] = '1';
  const response = await fetch(`/api/v1${path}`, { headers, credentials: 'same-origin', cache: 'no-store' });
  const now = Date.parse(response.headers.get('X-Bridge-Now') ?? '');
  if (!Number.isNaN(now)) clockOffsetMs = now - Date.now();
  if (response.status === 304 && known) return { body: known.body, changed: false };
  const body = await readBody(response);
  if (!response.ok) fail(response, body);
  answers.set(path, { tag: response.headers.get('ETag'), body });
  return { body, changed: true };
}

export async function post(path, body = {}) {
  const response = await fetch(`/api/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify(body),
  });
  const answer = await readBody(response);
  if (!response.ok) fail(response, answer);
  return answer;
}

async function readBody(response) {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function fail(response, body) {
  if (response.status === 401 && body?.code === 'login.needed') {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  throw new ApiError(response.status, body);
}

/**
 * Calls `load` now, every `everyMs`, and when the page is looked at again; not while it is hidden, and slower while the bridge does
 * not answer. `onTrouble(error | undefined)` is told of each change. Returns a function that asks at once.
 */
export function poll(load, everyMs, onTrouble) {
  let timer;
  let failures = 0;
  let running;

  const run = async () => {
    clearTimeout(timer);
    try {
      await load();
      if (failures > 0) onTrouble(undefined);
      failures = 0;
    } catch (error) {
      failures += 1;
      onTrouble(error);
    }
    if (!document.hidden) timer = setTimeout(ask, Math.min(everyMs * 2 ** failures, 30_000));
  };
  const ask = () => (running ??= run().finally(() => (running = undefined)));
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask();
  });
  ask();
  return ask;
}
