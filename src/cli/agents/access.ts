/** How an agent gets into a gateway: with a key that is there, with one to be made, or without any. */
import { userInfo } from "node:os";
import { headerSafe } from "../../errors/headerSafe.js";
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { type GatewayApi, gatewayApi } from "../commands/gatewayApi.js";
import { administration, allPages, membersGiven } from "../commands/keys.js";
import { localPass } from "../commands/localPass.js";
import type { Output } from "../commands/output.js";
import { optionReader, readBaseUrl } from "../commands/ownOptions.js";
import type { Agent, Found } from "./agent.js";
import { requestsOf } from "./agentRequests.js";
import { askFor } from "./agentTurn.js";
import { hintOf } from "./fileChanges.js";

type Flags = Readonly<Record<string, unknown>>;

/** A gateway's address, without `/v1`. */
export function rootOf(baseUrl: string): string {
	return baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** The address by `--url`, else by the settings. @throws Problems */
export function gatewayAddress(flags: Flags, gatewayUrl: string): { baseUrl: string; isNamed: boolean } {
	const url = optionReader(flags, process.env)("url", readBaseUrl);
	return { baseUrl: url ?? readBaseUrl(gatewayUrl), isNamed: url !== undefined };
}

/** The administrators' API, for what is nice to know; undefined if there is no credential for it. */
export async function administratorsOf(flags: Flags, gatewayUrl: string): Promise<GatewayApi | undefined> {
	const { baseUrl, isNamed } = gatewayAddress(flags, gatewayUrl);
	const key = optionReader(flags, process.env)("admin-key", headerSafe) ?? (await localPass(baseUrl, isNamed));
	return key === undefined ? undefined : gatewayApi({ baseUrl, key }, () => {});
}

export type Access =
	| { readonly kind: "keyless" }
	| { readonly kind: "key"; readonly key: string }
	| { readonly kind: "new"; readonly api: GatewayApi; readonly name: string; readonly members: object };

/** @throws Problems if the gateway can't be reached, or a key is needed and none can be made */
export async function accessFor(
	agent: Agent,
	found: Found,
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<Access> {
	const read = optionReader(flags, process.env);
	const root = rootOf(gatewayAddress(flags, gatewayUrl).baseUrl);
	const given = read("key", headerSafe);
	const members = membersGiven(optionReader(flags, {}));
	const named = read("name", String);
	const isSpecial = named !== undefined || Object.values(members).some((value) => value !== undefined);
	if (given !== undefined) {
		if (isSpecial)
			throw new Problems([
				{ where: "--key", message: "is a key that is there already; --name and limits are for one that is made" },
			]);
		if (!(await answersTo(agent, root, given)))
			throw new Problems([
				{
					where: "--key",
					message: `${hintOf(given)} is not accepted by ${root}; llmw keys list shows the keys that are`,
				},
			]);
		return { kind: "key", key: given };
	}
	const isOpen = await answersTo(agent, root, undefined);
	if (isOpen && isSpecial) throw new Problems([{ where: "--name", message: noKeysYet }]);
	if (isOpen) return { kind: "keyless" };
	const isSame = found.baseUrl !== undefined && rootOf(found.baseUrl) === root;
	if (!isSpecial && isSame && found.key !== undefined && (await answersTo(agent, root, found.key))) {
		output.note(`keeps the key ${hintOf(found.key)} of ${found.keyFrom}`);
		return { kind: "key", key: found.key };
	}
	const api = await administration(flags, gatewayUrl, output);
	const owner = read("owner", String) ?? userInfo().username;
	return { kind: "new", api, name: named ?? (await freeName(api, agent.name)), members: { ...members, owner } };
}

const noKeysYet =
	"is for a key, and this gateway has none: the first one closes it to all who have none. " +
	"If that is meant, make it by llmw keys create NAME, and give it here as --key";

/** @throws Problems if nothing answers */
async function answersTo(agent: Agent, root: string, key: string | undefined): Promise<boolean> {
	const answer = await askFor(root, requestsOf(agent, "", key).list);
	if (!("message" in answer)) return true;
	if (answer.status === 401 || answer.status === 403) return false;
	const isRefused = answer.code === "ECONNREFUSED" ? "; no gateway runs there" : "";
	throw new Problems([
		{
			where: root,
			message: answer.status === undefined ? `can't be reached (${answer.message})${isRefused}` : answer.message,
		},
	]);
}

async function freeName(api: GatewayApi, wanted: string): Promise<string> {
	const keys = await allPages<components["schemas"]["Key"]>(api, "/admin/keys?order=desc", Number.POSITIVE_INFINITY);
	const taken = new Set(keys.filter(({ status }) => status !== "revoked").map(({ name }) => name));
	for (let number = 1; ; number++) {
		const name = number === 1 ? wanted : `${wanted}-${number}`;
		if (!taken.has(name)) return name;
	}
}

export interface MadeKey {
	readonly secret: string;
	readonly name: string;
	revoke(): Promise<void>;
}

export async function makeKey({ api, name, members }: Extract<Access, { kind: "new" }>): Promise<MadeKey> {
	const { secret, id } = await api.ask<components["schemas"]["KeyWithSecret"]>("POST", "/admin/keys", {
		name,
		...members,
	});
	return { secret, name, revoke: async () => void (await api.ask("DELETE", `/admin/keys/${encodeURIComponent(id)}`)) };
}
