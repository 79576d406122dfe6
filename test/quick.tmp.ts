import { openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { migrations } from '../src/store/migrations/index.ts';
import { openQueues } from '../src/queue/open-queues.ts';
const log: any = { debug(){}, info: (f: any, m: string)=>console.log('info', m, JSON.stringify(f)), warn: (f: any, m: string)=>console.log('warn', m, f), error: (f: any, m: string)=>console.log('ERROR', m, f), child: ()=>log };
const t0 = performance.now(); const lap = (s: string) => console.log(s, Math.round(performance.now()-t0));
const db = await openDatabase({ url: process.env.URL, dataDir: process.env.DIR ?? '/tmp/qdir', log }); lap('open');
console.log(await migrate(db, migrations, { log })); lap('migrated');
const q = await openQueues({ database: db, redisUrl: process.env.REDIS, role: 'all', log }); lap('queues');
let n = 0; let resolve: any;
const lat: number[] = []; const sent = new Map<string, number>();
const handler = async (id: string) => { n++; const s = sent.get(id); if (s) lat.push(performance.now()-s); if (n === target) resolve(); };
let target = 0;
await q.consume({ deliveries: handler, runs: handler }); lap('consuming');
await new Promise(r=>setTimeout(r,300));
for (let i=0;i<50;i++) { const id='lat'+i; sent.set(id, performance.now()); await q.wakeRun(id, 1); await new Promise(r=>setTimeout(r,20)); }
lat.sort((a,b)=>a-b); console.log('latency p50', lat[25]?.toFixed(1), 'max', lat.at(-1)?.toFixed(1), 'n', lat.length);
const N = Number(process.env.N ?? 2000); target = n + N; const done = new Promise(r=>resolve=r); const s = performance.now(); const cpu=process.cpuUsage();
for (let i=0;i<N;i+=20) { await Promise.all(Array.from({length:20},(_,k)=>q.wakeRun('r'+(i+k), 1))); }
console.log('added in', performance.now()-s);
await done; const el = performance.now()-s; const c=process.cpuUsage(cpu); console.log('jobs/s', Math.round(N/el*1000), 'cpu ms/job', ((c.user+c.system)/1000/N).toFixed(2));
console.log(await q.health()); console.log(process.memoryUsage().rss/1e6);
await q.close(); lap('closed'); await db.close(); lap('db closed');
