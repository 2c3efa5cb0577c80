/** Finds out who an upstream is, by its list of models, and which of the newer dialects its version speaks. */
import type { Dialect } from "../../dialects/dialect.js";
import { type FoundServer, isToBeFound } from "../../providers/providers.js";
import { newerDialects, serverIn, servers } from "../../providers/servers.js";
import type { UpstreamSettings } from "../../settings/routes.js";

export interface Finding {
	/** The JSON of its list of models. */
	readonly list: unknown;
	/** The header `server` that came with it. */
	readonly header: string | undefined;
	/** Who it was when it was asked before. */
	readonly known: FoundServer | undefined;
	/** POSTs an empty object, which every operation refuses without work. */
	post(path: string): Promise<{ readonly status: number; readonly body: string }>;
}

/** @returns undefined where there is nothing to find out, or the upstream is no server that the gateway knows */
export async function findServer(
	settings: UpstreamSettings,
	{ list, header, known, post }: Finding,
): Promise<FoundServer | undefined> {
	const isOpen = isToBeFound(settings);
	const name = isOpen ? serverIn(list, header) : settings.provider;
	const server = servers.find((one) => one.name === name);
	if (server === undefined || settings.dialects !== undefined)
		return isOpen && name ? { provider: name, lacks: [] } : undefined;
	if (known?.provider === name) return known;
	const asked = [...newerDialects].filter(([dialect]) => server.dialects.includes(dialect));
	const lacks = await Promise.all(asked.map(async ([dialect, path]) => ((await lack(path)) ? nameOf(dialect) : [])));
	return { provider: name, lacks: lacks.flat() };

	/** Where it does not answer, what the configuration says stands, and nothing is added to what every server speaks. */
	async function lack(path: string): Promise<boolean> {
		try {
			const { status, body } = await post(path);
			// LM Studio has status 200 for paths that it does not have.
			return [404, 405, 501].includes(status) || /unexpected endpoint/i.test(body);
		} catch {
			return isOpen;
		}
	}
}

function nameOf({ name }: Dialect): string[] {
	return [name];
}
