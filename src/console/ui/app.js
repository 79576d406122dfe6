import { startDeliveries } from './deliveries-view.js';
import { startDelivery } from './delivery-view.js';
import { startRun } from './run-view.js';
import { startRuns } from './runs-view.js';
import { startShell } from './shell.js';

const [first, id] = location.pathname.split('/').filter(Boolean);
const main = document.querySelector('#main');

void startShell(first === 'deliveries' ? 'deliveries' : 'runs');
if (first === 'runs' && id) startRun(main, id);
else if (first === 'deliveries' && id) startDelivery(main, id);
else if (first === 'deliveries') startDeliveries(main);
else startRuns(main);
