/**
 * Kysely's run-time exports. For `import`, Node opens hundreds of its files at once and never retries one it could not open,
 * so if few files may be open, they are loaded one after the other with `require`.
 */
import { createRequire } from "node:module";
import { openFilesLimit } from "../settings/processLimits.js";

type Module = typeof import("kysely");

/** Over twice the connections that a worker accepts by default. */
const plentyOfFiles = 32_768;

const loaded: Module =
	openFilesLimit() < plentyOfFiles ? (createRequire(import.meta.url)("kysely") as Module) : await import("kysely");

export type Kysely<Database> = InstanceType<typeof loaded.Kysely<Database>>;
export const { Kysely, PostgresDialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } = loaded;
