// The part of a browser's IndexedDB that the SDKs keep a key pair and nonces in, in memory.

const tables = new Map();

// A request whose handlers, set after it was made, are called.
function answered(result, ...handlers) {
  const request = { result };
  queueMicrotask(() => [...handlers, "onsuccess"].forEach((handler) => request[handler]?.()));
  return request;
}

const store = (table) => ({
  put: (value, key) => answered(table.set(key, value) && key),
  get: (key) => answered(table.get(key)),
  getAllKeys: () => answered([...table.keys()]),
  delete: (key) => answered(void table.delete(key)),
});

const database = {
  createObjectStore: (name) => tables.set(name, tables.get(name) ?? new Map()),
  transaction: () => ({ objectStore: (name) => store(tables.get(name)) }),
};

export const indexedDB = { open: () => answered(database, "onupgradeneeded") };
