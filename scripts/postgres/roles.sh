#!/bin/sh
# Runs once, when the database is new: one role owns the tables, another one works with them.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" -U "$POSTGRES_USER" <<'SQL'
CREATE ROLE keyturn_owner LOGIN PASSWORD :'owner';
CREATE ROLE keyturn_app LOGIN PASSWORD :'app';
CREATE DATABASE keyturn OWNER keyturn_owner;
SQL
