#!/bin/sh
# Run once, by PostgreSQL's image when it makes its data directory: Mattermost gets a database of its own beside the bridge's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE USER mattermost PASSWORD :'password';
CREATE DATABASE mattermost OWNER mattermost;
SQL
