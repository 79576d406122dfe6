import { acknowledgeIncident } from './acknowledge-incident.ts';
import { addUsersChannel } from './add-users-channel.ts';
import { archiveChannel } from './archive-channel.ts';
import { createChannel } from './create-channel.ts';
import { createIssue } from './create-issue.ts';
import { findOnCall } from './find-on-call.ts';
import { finishedWorkflow } from './finished-workflow.ts';
import { post } from './post.ts';
import { resolveIncident } from './resolve-incident.ts';
import { setChannelHeader } from './set-channel-header.ts';
import { transitionIssue } from './transition-issue.ts';
import { transitionTo } from './transition-to.ts';
import { updatePost } from './update-post.ts';

/** The actions of the playbook language. */
export const actions = [
  createChannel,
  setChannelHeader,
  addUsersChannel,
  archiveChannel,
  post,
  updatePost,
  findOnCall,
  acknowledgeIncident,
  resolveIncident,
  createIssue,
  transitionIssue,
  transitionTo,
  finishedWorkflow,
];
