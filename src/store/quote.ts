/** A name where SQL takes no parameter (LISTEN, UNLISTEN). */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
