import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { LedgerEntry, VendorContext, VendorName } from './vendor.ts';

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  record(vendor: VendorName, entry: Parameters<VendorContext['record']>[0]): void;
  close(): void;
}

/** The judge of the tests. With a `file` each entry is on disk before the vendor answers, so that it outlives a killed simulator. */
export function openLedger(clock: Clock, file: string | undefined): Ledger {
  const entries: LedgerEntry[] = [];
  const descriptor = file === undefined ? undefined : openSync(file, 'a');
  return {
    entries,
    record(vendor, { effect, marker, subject, by, detail }) {
      const entry: LedgerEntry = {
        seq: entries.length + 1,
        at: clock.now().toISOString(),
        vendor,
        effect,
        marker,
        subject,
        by,
        detail: detail ?? {},
      };
      entries.push(entry);
      if (descriptor === undefined) return;
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
      fsyncSync(descriptor);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}
