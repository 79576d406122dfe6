import type { Router } from 'express';
import type { Server } from './state.ts';

/**
 * Outside the API the real server sends its web application. Here the links that people follow (`/<team>/channels/<name>`, `/<team>/pl/<post>`)
 * lead to the simulator's page, and every other path is some HTML, as it is there: a wrong base URL answers 200.
 */
export function addWebLinks(router: Router, server: Server): void {
  router.get('/:team/channels/:name', (request, response) => response.redirect(`/#${encodeURIComponent(request.params.name)}`));
  router.get('/:team/pl/:post_id', (request, response) => {
    const post = server.posts.get(request.params.post_id);
    const channel = server.channels.get(post?.channelId ?? '');
    response.redirect(`/#${encodeURIComponent(channel?.name ?? '')}`);
  });
  router.use((_request, response) => void response.type('html').send('<!doctype html><title>Mattermost (simulated)</title>'));
}
