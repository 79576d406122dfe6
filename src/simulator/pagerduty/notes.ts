import type { Router } from 'express';
import { z } from 'zod';
import type { Account } from './account.ts';
import { readActor } from './caller.ts';
import { addNote } from './change-details.ts';
import type { Note } from './model.ts';
import { parseWrapped } from './parse-wrapped.ts';
import { userReference } from './references.ts';
import { getIncident, type PagerDutyState } from './state.ts';

/** Notes have no natural key: two posts make two notes. The list is not paged. */
export function addNotes(router: Router, account: Account): void {
  const { state } = account;
  router.get('/incidents/:id/notes', (request, response) => {
    const incident = getIncident(state, request.params.id);
    response.json({ notes: incident.notes.map((note) => noteJson(state, note)) });
  });
  router.post('/incidents/:id/notes', (request, response) => {
    const { agent, by } = readActor(state, request);
    const incident = getIncident(state, request.params.id);
    const { content } = parseWrapped('note', z.object({ content: z.string().min(1) }), request.body);
    // 200 by the document, though it is a creation.
    response.json({ note: noteJson(state, addNote(account, incident, content, agent, by)) });
  });
}

function noteJson(state: PagerDutyState, note: Note): unknown {
  return {
    id: note.id,
    user: userReference(state, note.userId),
    channel: { summary: 'The PagerDuty website or APIs' },
    content: note.content,
    created_at: note.createdAt,
  };
}
