// SPDX-License-Identifier: AGPL-3.0-or-later
// Records of node-oidc-provider in a Map: the fastest it can be, and gone with the process.

export function memoryAdapter() {
  const records = new Map();
  const byUid = new Map();
  const byGrant = new Map();

  return class MemoryAdapter {
    constructor(name) {
      this.name = name;
    }

    key(id) {
      return `${this.name}:${id}`;
    }

    async upsert(id, payload) {
      const key = this.key(id);

      records.set(key, payload);
      if (payload.uid) byUid.set(`${this.name}:${payload.uid}`, id);
      if (payload.grantId) {
        const of = byGrant.get(payload.grantId);
        if (of) of.add(key);
        else byGrant.set(payload.grantId, new Set([key]));
      }
    }

    async find(id) {
      return records.get(this.key(id));
    }

    async findByUid(uid) {
      return this.find(byUid.get(`${this.name}:${uid}`));
    }

    async findByUserCode() {
      return undefined;
    }

    async consume(id) {
      records.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      records.delete(this.key(id));
    }

    async revokeByGrantId(grantId) {
      for (const key of byGrant.get(grantId) ?? []) records.delete(key);
      byGrant.delete(grantId);
    }
  };
}
