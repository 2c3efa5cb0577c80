/** `llmw webhooks`: lists what a running gateway's webhooks are told, sends a message again, and tries a webhook. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { administration, allPages, moment } from "./keys.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;
type Delivery = components["schemas"]["WebhookDelivery"];
type Test = components["schemas"]["WebhookTest"];

interface Request {
	readonly api: GatewayApi;
	readonly flags: Flags;
	readonly output: Output;
}

/**
 * @param words the words after `webhooks`: `list`, `retry MESSAGE` or `test WEBHOOK`
 * @throws Problems, also when a webhook that is tried doesn't take the message
 */
export async function webhooks(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const [action = "list", name, ...more] = words;
	const act = { retry, test }[action];
	const isList = action === "list" && name === undefined;
	if (more.length > 0 || (!isList && (act === undefined || name === undefined)))
		throw new Problems([
			{ where: "webhooks", message: "is followed by list, retry MESSAGE or test WEBHOOK; see llmw webhooks --help" },
		]);
	const request = { api: await administration(flags, gatewayUrl, output), flags, output };
	if (act === undefined || name === undefined) await list(request);
	else await act(name, request);
}

async function list({ api, flags, output }: Request): Promise<void> {
	const read = optionReader(flags, {});
	const limit = read("limit", wholeNumber);
	const state = read("state", (text) => text);
	const query = ["order=desc", ...(state === undefined ? [] : [`state=${encodeURIComponent(state)}`])].join("&");
	const found = await allPages<Delivery>(api, `/admin/webhooks/deliveries?${query}`, limit ?? listedAtMost);
	const nothing = "no webhook was told anything in the last seven days";
	printList(found, { heads: head, row: row, nothing, asJson: flags.json === "true" }, output);
}

const head = ["ID", "WEBHOOK", "EVENT", "RESPONSE", "SINCE (UTC)", "STATE", "ATTEMPTS", "LAST", "NEXT (UTC)"];

function row({ id, webhook, type, response, created_at, state, attempts, last_result, next_at }: Delivery): string[] {
	const next = next_at === null ? "" : moment(next_at);
	return [id, webhook, type, response, moment(created_at), state, String(attempts), last_result ?? "", next];
}

async function retry(id: string, { api, flags, output }: Request): Promise<void> {
	const path = `/admin/webhooks/deliveries/${encodeURIComponent(id)}/retry`;
	const delivery = await api.ask<Delivery>("POST", path);
	output.print(flags.json === "true" ? terminalJson(delivery) : `${delivery.id} is sent to ${delivery.webhook} again`);
}

async function test(name: string, { api, flags, output }: Request): Promise<void> {
	const tried = await api.ask<Test>("POST", `/admin/webhooks/${encodeURIComponent(name)}/test`);
	if (flags.json === "true") output.print(terminalJson(tried));
	else if (tried.is_taken) output.print(`${name} has taken the message (${tried.result})`);
	if (!tried.is_taken) throw new Problems([{ where: name, message: `has not taken the message (${tried.result})` }]);
}
