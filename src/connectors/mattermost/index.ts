import { defineConnector } from '../../core/connector.ts';
import { createConnection } from '../connection.ts';
import { createChat } from './chat.ts';
import { createMattermostClient } from './client.ts';
import { MattermostSettings } from './config.ts';
import { createDirectory } from './directory.ts';
import { createHealth } from './health.ts';
import { mattermostInteractive } from './parse-click.ts';

/** Mattermost: channels, posts, buttons. */
export const mattermost = defineConnector({
  id: 'mattermost',
  label: 'Mattermost',
  settings: MattermostSettings,
  create(settings, { clock, log, publicUrl }) {
    const connection = createConnection({ id: 'mattermost', concurrency: settings.concurrency, clock, log });
    const client = createMattermostClient({ ...settings, connection, clock });
    const directory = createDirectory({ client, clock, url: settings.url, team: settings.team });
    return {
      chat: createChat({ client, directory, clock, actionsUrl: `${publicUrl}/hooks/mattermost/actions` }),
      interactive: mattermostInteractive,
      health: createHealth(settings, client, clock),
      connection: connection.state,
      close: client.close,
    };
  },
});
