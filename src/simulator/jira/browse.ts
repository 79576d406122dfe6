import type { Router } from 'express';
import { escapeHtml } from '../escape-html.ts';
import { plainText } from './adf.ts';
import { findIssue, getStatus, type JiraState } from './state.ts';

/** `/browse/OPS-1`: where the links in the chat lead. */
export function addBrowse(router: Router, state: JiraState): void {
  router.get('/browse/:key', (request, response) => {
    const issue = findIssue(state, request.params.key);
    if (!issue) return void response.status(404).type('html').send('<!doctype html><p>No such issue.</p>');
    const status = getStatus(issue, issue.statusId);
    const description = issue.description === null ? '' : plainText(issue.description);
    const comments = issue.comments.map((comment) => `<li>${escapeHtml(plainText(comment.body))}</li>`).join('');
    response
      .type('html')
      .send(
        `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(`${issue.key} ${issue.summary}`)}</title>` +
          `<body style="font:16px/1.5 system-ui;max-width:42rem;margin:3rem auto;padding:0 1rem"><p>Jira (simulated) · ${escapeHtml(issue.project.name)}</p>` +
          `<h1>${escapeHtml(issue.key)}: ${escapeHtml(issue.summary)}</h1>` +
          `<p><b>${escapeHtml(status.name)}</b> · ${escapeHtml(issue.type.name)} · ${escapeHtml(issue.priority ?? 'no priority')} · ${escapeHtml(issue.labels.join(', '))}</p>` +
          `<pre style="white-space:pre-wrap">${escapeHtml(description)}</pre><ul>${comments}</ul></body></html>`,
      );
  });
}
