export interface JiraUser {
  readonly accountId: string;
  readonly displayName: string;
  readonly email: string;
  /** People may hide their e-mail: search by it then finds nothing. */
  readonly emailVisible: boolean;
}

export type CategoryKey = 'new' | 'indeterminate' | 'done';

export interface Status {
  readonly id: string;
  readonly name: string;
  readonly category: CategoryKey;
}

export interface Transition {
  readonly id: string;
  readonly name: string;
  /** Status ids from which it is offered. */
  readonly from: readonly string[];
  readonly to: string;
  /** Its screen asks for a resolution and does not let go without one. */
  readonly needsResolution?: boolean;
}

export interface Workflow {
  /** The first is where issues start. */
  readonly statuses: readonly [Status, ...Status[]];
  readonly transitions: readonly Transition[];
}

export interface IssueType {
  readonly id: string;
  readonly name: string;
}

export interface Project {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly issueTypes: readonly IssueType[];
  /** Fields on the create screen besides project and issue type; others are refused. */
  readonly screen: readonly string[];
  readonly workflow: Workflow;
}

/** Version 2 speaks text, version 3 ADF; each issue keeps what it was given and is shown in either. */
export type RichText = string | Readonly<Record<string, unknown>>;

export interface Comment {
  readonly id: string;
  readonly authorId: string;
  readonly body: RichText;
  readonly created: string;
}

export interface RemoteLink {
  readonly id: number;
  readonly globalId: string | null;
  content: Readonly<Record<string, unknown>>;
}

/** What the search index knows of an issue; it follows the issue with the lag. */
export interface IndexEntry {
  readonly at: number;
  readonly summary: string;
  readonly labels: readonly string[];
  readonly statusId: string;
  readonly updated: string;
}

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly project: Project;
  readonly type: IssueType;
  readonly reporterId: string;
  readonly created: string;
  summary: string;
  description: RichText | null;
  labels: readonly string[];
  priority: string | null;
  assigneeId: string | null;
  statusId: string;
  resolution: string | null;
  updated: string;
  readonly properties: Map<string, unknown>;
  readonly comments: Comment[];
  readonly remoteLinks: RemoteLink[];
  /** Oldest first. */
  readonly index: IndexEntry[];
}
