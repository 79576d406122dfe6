/** The server's own words, as recorded; clients must branch on the id, so unknown ones just repeat it. */
const messages: Readonly<Record<string, string>> = {
  'api.channel.create_channel.direct_channel.app_error': 'Must use createDirectChannel API service for direct message channel creation.',
  'api.channel.delete_channel.cannot.app_error': 'Unable to delete the default channel town-square.',
  'api.channel.delete_channel.deleted.app_error': 'The channel has been archived or deleted.',
  'api.channel.delete_channel.type.invalid': 'Unable to delete direct or group message channels',
  'api.channel.remove.default.app_error': 'Unable to remove user from the default channel town-square.',
  'api.channel.restore_channel.restored.app_error': 'Unable to unarchive channel. The channel is not archived.',
  'api.channel.update_channel.tried.app_error': 'Tried to perform an invalid update of the default channel town-square.',
  'api.context.permissions.app_error': 'You do not have the appropriate permissions.',
  'api.context.session_expired.app_error': 'Invalid or expired session, please login again.',
  'api.context.token_provided.app_error': 'Session is not OAuth but token was provided in the query string.',
  'api.post.create_post.can_not_post_to_deleted.error': 'Can not post to deleted channel.',
  'api.post.create_post.channel_root_id.app_error': 'Invalid ChannelId for RootId parameter.',
  'api.post.create_post.root_id.app_error': 'Invalid RootId parameter.',
  'api.post.deduplicate_create_post.failed_to_get':
    'Failed to fetch original post after deduplicating a client repeating the same request.',
  'api.post.deduplicate_create_post.pending': 'Rejected post since another client is making the same request.',
  'api.post.delete_post.can_not_delete_post_in_deleted.error': 'Can not delete a post in a deleted channel.',
  'api.post.do_action.action_id.app_error': 'Invalid action id.',
  'api.post.do_action.action_integration.app_error': 'Action integration error.',
  'api.post.patch_post.can_not_update_post_in_deleted.error': 'Can not update a post in a deleted channel.',
  'api.post.update_post.can_not_update_post_in_deleted.error': 'Can not update a post in a deleted channel.',
  'api.post.update_post.system_message.app_error': 'Unable to update system message.',
  'api.reaction.save.archived_channel.app_error': 'You cannot react in an archived channel.',
  'api.reaction.save_reaction.user_id.app_error': 'You cannot save reaction for the other user.',
  'api.user.delete_channel.not_enabled.app_error':
    'Permanent channel deletion feature is not enabled. Please contact your System Administrator.',
  'app.channel.create_channel.internal_error': 'Unable to save channel.',
  'app.channel.get.existing.app_error': 'Unable to find the existing channel.',
  'app.channel.get_by_name.missing.app_error': 'Channel does not exist.',
  'app.channel.get_member.missing.app_error': 'No channel member found for that user ID and channel ID.',
  'app.channel.update.bad_id': 'Unable to update the channel.',
  'app.post.get.app_error': 'Unable to get the post.',
  'app.post.save.app_error': 'Unable to save the Post.',
  'app.team.get.find.app_error': 'Unable to find the existing team.',
  'app.team.get_by_name.missing.app_error': 'Unable to find the existing team.',
  'app.team.get_member.missing.app_error': 'No team member found for that user ID and team ID.',
  'app.user.get_by_username.app_error':
    'Unable to find an existing account matching your username for this team. This team may require an invite from the team owner to join.',
  'app.user.missing_account.const': 'Unable to find the user.',
  'model.channel.is_valid.2_or_more.app_error': 'Name must be 2 or more lowercase alphanumeric characters.',
  'model.channel.is_valid.display_name.app_error': 'Invalid display name.',
  'model.channel.is_valid.header.app_error': 'Invalid header.',
  'model.channel.is_valid.name.app_error':
    'Invalid channel name. User ids are not permitted in channel name for non-direct message channels.',
  'model.channel.is_valid.purpose.app_error': 'Invalid purpose.',
  'model.channel.is_valid.type.app_error': 'Invalid type.',
  'model.post.is_valid.msg.app_error': 'Invalid message.',
  'model.post.is_valid.props.app_error': 'Invalid props.',
  'model.post.is_valid.type.app_error': 'Invalid type.',
  'store.sql_channel.save_channel.exists.app_error': 'A channel with that name already exists on the same team.',
};

/** A refusal as the vendor words it: `{id, message, detailed_error, request_id, status_code}`. */
export class MattermostError extends Error {
  override readonly name = 'MattermostError';
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string = messages[id] ?? id) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

/** No route matches: answered as text/plain without a request id. */
export class RouteNotFound extends Error {
  override readonly name = 'RouteNotFound';
}

export function forbidden(): MattermostError {
  return new MattermostError(403, 'api.context.permissions.app_error');
}

export function invalidBody(parameter: string): MattermostError {
  return new MattermostError(400, 'api.context.invalid_body_param.app_error', `Invalid or missing ${parameter} in request body.`);
}

export function invalidParameter(parameter: string): MattermostError {
  return new MattermostError(400, 'api.context.invalid_param.app_error', `Invalid ${parameter} parameter.`);
}

export function invalidUrlParameter(parameter: string): MattermostError {
  return new MattermostError(400, 'api.context.invalid_url_param.app_error', `Invalid or missing ${parameter} parameter in request URL.`);
}

/** The body of an error answer. `detailed_error` is blank, as on every production server. */
export function toErrorBody(error: MattermostError, requestId: string): Record<string, unknown> {
  return {
    id: error.id,
    message: error.message,
    detailed_error: '',
    request_id: requestId,
    status_code: error.status,
  };
}

/** No request id here. */
export function toNotFoundBody(path: string): Record<string, unknown> {
  return {
    id: 'api.context.404.app_error',
    message: 'Sorry, we could not find the page.',
    detailed_error: `There doesn't appear to be an api call for the url='${path}'.  Typo? are you missing a team_id or user_id as part of the url?`,
    status_code: 404,
  };
}
