/** How many WebSockets there are, in all and of each client, against how many there may be. */
import type { Settings } from "../settings/settings.js";

export type PlaceLimits = Pick<Settings, "maxWebsockets" | "maxWebsocketsPerClient">;

/** Whether a client got a place; else what is full: the gateway, or what this client may have. */
export type Taking = "taken" | "gateway full" | "client full";

export class PlaceCounts {
	/** Clients that have any. */
	readonly byClient = new Map<string, number>();
	#total = 0;

	take(client: string, { maxWebsockets, maxWebsocketsPerClient }: PlaceLimits): Taking {
		if (this.#total >= maxWebsockets) return "gateway full";
		if (this.#of(client) >= maxWebsocketsPerClient) return "client full";
		this.add(client);
		return "taken";
	}

	/** Counts a place, whatever the limits. */
	add(client: string): void {
		this.#total += 1;
		this.byClient.set(client, this.#of(client) + 1);
	}

	/** Gives back places that the client has taken. */
	release(client: string, places = 1): void {
		this.#total -= places;
		const left = this.#of(client) - places;
		if (left > 0) this.byClient.set(client, left);
		else this.byClient.delete(client);
	}

	#of(client: string): number {
		return this.byClient.get(client) ?? 0;
	}
}
