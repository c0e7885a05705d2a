/** The tables of a sweep's store, for this program and for anybody's SQL. A change that breaks a reader raises the version. */
export const STORE_VERSION = 1

export const TABLES = `
create table if not exists meta (name text primary key, value text not null) without rowid;

-- One row a point that is finished: its numbers, or the error it ended with.
create table if not exists points (
  key text primary key,
  state text not null check (state in ('done', 'failed')),
  settings text not null,
  seed integer not null,
  version text not null,
  numbers text,
  error text,
  finishedAt text not null,
  wallSeconds real not null,
  worker text not null
) without rowid;

-- The whole result of a point, gzipped JSON, as run --json prints it.
create table if not exists results (key text primary key, gzip blob not null);

-- What the plan asks for, in its order. Two places may ask for the same point.
create table if not exists design (
  position integer primary key,
  key text not null,
  role text not null,
  name text not null,
  settings text not null,
  seed integer not null
);

-- Points that somebody is computing now.
create table if not exists claims (key text primary key, owner text not null, until integer not null) without rowid;
`
