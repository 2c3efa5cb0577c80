/** Secrets that gateways make for themselves: their table, and how they are asked for. */

export interface SecretTables {
	own_secret: { name: string; secret: string; created_at: number };
}

export interface SecretStore {
	/** @param proposed stored under this name if there is none yet. @returns the one that all gateways use; undefined if there is none */
	get(name: string, proposed?: string): Promise<string | undefined>;
}
