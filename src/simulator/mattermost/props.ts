/** A post's props as they were sent. */
export type Props = Readonly<Record<string, unknown>>;
