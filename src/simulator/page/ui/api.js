import { toast } from './dom.js';

/** Sends to the simulator; a refusal is shown and comes back as undefined. */
export async function send(path, body) {
  try {
    const response = await fetch(`/sim/api${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    toast(answer.message ?? `Refused: ${response.status}`, true);
  } catch {
    toast('The simulator does not answer.', true);
  }
  return undefined;
}

export async function readState(channel) {
  const response = await fetch(`/sim/api/state?channel=${encodeURIComponent(channel)}`);
  return response.json();
}
