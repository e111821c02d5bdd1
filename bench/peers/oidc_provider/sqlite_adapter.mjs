// SPDX-License-Identifier: AGPL-3.0-or-later
// Records of node-oidc-provider in SQLite; what is acknowledged is on disk (WAL, synchronous=FULL).
import Database from 'better-sqlite3';

export function sqliteAdapter(file) {
  const db = new Database(file);

  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE record (kind TEXT, id TEXT, payload TEXT NOT NULL, uid TEXT, grant_id TEXT,
    expires INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID;
    CREATE INDEX record_uid ON record (kind, uid) WHERE uid IS NOT NULL;
    CREATE INDEX record_grant ON record (grant_id) WHERE grant_id IS NOT NULL;`);

  const put = db.prepare(`INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, uid = excluded.uid,
    grant_id = excluded.grant_id, expires = excluded.expires`);
  const get = db.prepare('SELECT payload FROM record WHERE kind = ? AND id = ? AND expires > ?');
  const getByUid = db.prepare('SELECT payload FROM record WHERE kind = ? AND uid = ? AND expires > ?');
  const consume = db.prepare(
    "UPDATE record SET payload = json_set(payload, '$.consumed', ?) WHERE kind = ? AND id = ?");
  const destroy = db.prepare('DELETE FROM record WHERE kind = ? AND id = ?');
  const revoke = db.prepare('DELETE FROM record WHERE grant_id = ?');
  const now = () => Math.floor(Date.now() / 1000);
  const parsed = (row) => (row ? JSON.parse(row.payload) : undefined);

  return class SqliteAdapter {
    constructor(name) {
      this.name = name;
    }

    async upsert(id, payload, expiresIn) {
      put.run(this.name, id, JSON.stringify(payload), payload.uid ?? null, payload.grantId ?? null,
        expiresIn ? now() + expiresIn : Number.MAX_SAFE_INTEGER);
    }

    async find(id) {
      return parsed(get.get(this.name, id, now()));
    }

    async findByUid(uid) {
      return parsed(getByUid.get(this.name, uid, now()));
    }

    async findByUserCode() {
      return undefined;
    }

    async consume(id) {
      consume.run(now(), this.name, id);
    }

    async destroy(id) {
      destroy.run(this.name, id);
    }

    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    }
  };
}
