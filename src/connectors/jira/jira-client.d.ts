/**
 * The part of jira-client 8.2.2 that we use. `@types/jira-client` covers 7.x and declares `doRequest` private, which forbids the override
 * that everything here rests on.
 */
declare module 'jira-client' {
  export interface JiraApiOptions {
    protocol?: string;
    host: string;
    port?: string | undefined;
    /** Context path, e.g. `/jira`. */
    base?: string;
    apiVersion?: string;
  }

  export interface JiraRequestOptions {
    uri: string;
    method: string;
    body?: unknown;
  }

  export default class JiraApi {
    constructor(options: JiraApiOptions);
    doRequest(options: JiraRequestOptions): Promise<unknown>;
    makeRequestHeader(uri: string, options?: { method?: string; body?: unknown }): JiraRequestOptions;
    /** Decodes the whole URL after building it: nothing that needs escaping may be in its path or query. */
    makeUri(options: { pathname: string; query?: Record<string, string> }): string;

    addNewIssue(issue: object): Promise<unknown>;
    /** `getIssue` is another thing (the Agile API). */
    findIssue(key: string, expand: string, fields: string, properties: string): Promise<unknown>;
    listTransitions(key: string): Promise<unknown>;
    transitionIssue(key: string, transition: object): Promise<unknown>;
    /** POST /search, which Cloud has removed. */
    searchJira(jql: string, options: { fields: string[]; startAt: number; maxResults: number }): Promise<unknown>;
    getServerInfo(): Promise<unknown>;
    getCurrentUser(): Promise<unknown>;
    getProject(key: string): Promise<unknown>;
  }
}
