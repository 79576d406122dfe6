import { startPostgres } from './support/postgres.ts';
import { startRedis } from './support/redis.ts';
const p = await startPostgres(); const r = await startRedis();
console.log(p.url()); console.log(r.url);
process.on('SIGTERM', async ()=>{ await p.close(); await r.close(); process.exit(0); });
setInterval(()=>{}, 1000);
