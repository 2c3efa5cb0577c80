/** Reads who is told of responses in the background. */
import { type WebhookSettings, webhookEvents } from "../webhookSettings.js";
import type { Schemas } from "./configSchema.js";
import { patternsOf } from "./readCondition.js";
import type { Reader } from "./reader.js";

type GivenWebhook = Partial<Schemas["WebhookConfig"]> | undefined;

/** Entries with something wrong in them, which is reported, are left out. */
export function readWebhooks(given: readonly GivenWebhook[] = [], reader: Reader): WebhookSettings[] {
	const names = new Set<string>();
	return given.flatMap((webhook, index) => {
		const path = ["webhooks", index];
		const { name, url, secret: written, events, routes, keys, teams } = webhook ?? {};
		const sentTo = url === undefined ? undefined : reader.attempt([...path, "url"], () => plainUrl(url));
		const secret = reader.secret(written, [...path, "secret"]);
		const isGood = secret === undefined || reader.attempt([...path, "secret"], () => checkSecret(secret));
		if (name === undefined || sentTo === undefined || secret === undefined || isGood === undefined) return [];
		if (names.has(name)) reader.report([...path, "name"], `there is another webhook with the name ${name}`);
		names.add(name);
		const chosen = { routes: patternsOf(routes), keys: patternsOf(keys), teams: patternsOf(teams) };
		return [{ name, url: sentTo, secret, events: events ?? webhookEvents, ...chosen }];
	});
}

/** The operator decides where messages go, so that any host will do, this one too. */
function plainUrl(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol))
		throw new Error("must be a URL that begins with https:// or http://");
	if (url.username !== "" || url.password !== "") throw new Error("must have no user and no password in it");
	return url.href;
}

const prefix = "whsec_";

/** @throws Error for one that receivers would read as another secret */
function checkSecret(secret: string): true {
	const encoded = secret.startsWith(prefix) ? secret.slice(prefix.length) : undefined;
	if (encoded !== undefined && !/^[A-Za-z0-9+/]{4,}={0,2}$/.test(encoded))
		throw new Error("must be base64 after whsec_");
	return true;
}
