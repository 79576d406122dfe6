import type { RequestHandler } from 'express';
import { escapeHtml } from '../escape-html.ts';
import type { PagerDutyState } from './state.ts';

/** A browser that follows an incident's `html_url` gets a page; API callers pass on. */
export function incidentPage(state: PagerDutyState): RequestHandler<{ id: string }> {
  return (request, response, next) => {
    if (request.accepts(['json', 'html']) !== 'html' || request.get('authorization') !== undefined) return next();
    const incident = state.incidents.get(request.params.id);
    if (!incident) return void response.status(404).type('html').send('<!doctype html><p>No such incident.</p>');
    const notes = incident.notes.map((note) => `<li>${escapeHtml(note.content)}</li>`).join('');
    response
      .type('html')
      .send(
        `<!doctype html><meta charset="utf-8"><title>${escapeHtml(incident.title)}</title>` +
          `<body style="font:16px/1.5 system-ui;max-width:42rem;margin:3rem auto"><p>PagerDuty (simulated) · incident #${incident.number}</p>` +
          `<h1>${escapeHtml(incident.title)}</h1><p>Status <b>${incident.status}</b>, urgency ${incident.urgency}</p><ul>${notes}</ul></body>`,
      );
  };
}
