/**
 * Kysely's parts that run. Of its modules Node opens hundreds of files at once, and never tries again what it could not
 * open once; where few may be open they are loaded one after the other.
 */
import { createRequire } from "node:module";
import { openFilesLimit } from "../settings/processLimits.js";

type Module = typeof import("kysely");

/** Twice the connections that a worker takes unless told otherwise, and more. */
const plentyOfFiles = 32_768;

const loaded: Module =
	openFilesLimit() < plentyOfFiles ? (createRequire(import.meta.url)("kysely") as Module) : await import("kysely");

export type Kysely<Database> = InstanceType<typeof loaded.Kysely<Database>>;
export const { Kysely, PostgresDialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } = loaded;
