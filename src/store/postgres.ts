/** The store of several machines. */
import type { Database } from "./database.js";

/** @throws StoreError */
export async function openPostgres(_url: string): Promise<Database> {
	throw new Error("not yet");
}
