/** Without keys there is one owner: what it was before, whatever credential is sent, and what becomes of it with keys. */

import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { anonymous } from "../../src/store/anonymousOwner.js";
import { completionJournal } from "../../src/store/completionJournal.js";
import { Journal } from "../../src/store/journal.js";
import { shareKeyless } from "../../src/store/keyless.js";
import { openStore } from "../../src/store/open.js";
import { openSqlite } from "../../src/store/sqlite.js";
import type { NewCompletion, Store } from "../../src/store/store.js";
import { startAiHost } from "../kit/aiHost.js";
import { gatewayFor, hello, jsonOf, type TestGateway, temporaryFolder } from "../kit/gateway.js";
import { addKey, storeKey } from "../kit/keys.js";

type Credential = Record<string, string>;
const credentials: Credential[] = [
	{},
	{ authorization: "Bearer sk-one" },
	{ authorization: "Bearer sk-two" },
	{ "x-api-key": "sk-three" },
	{ "api-key": "sk-four" },
	{ authorization: "Basic dTpw" },
];

async function keyless(): Promise<TestGateway> {
	const host = await startAiHost();
	onTestFinished(() => host.close());
	return gatewayFor(host);
}

const post = ({ baseUrl }: TestGateway, path: string, body: object, headers: Credential) =>
	fetch(baseUrl + path, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify(body),
	});

async function namesSeen({ baseUrl }: TestGateway, path: string, headers: Credential, member: string) {
	const response = await fetch(`${baseUrl}${path}`, { headers });
	expect(response.status).toBe(200);
	return (await jsonOf<{ data: Record<string, string>[] }>(response)).data.map((one) => one[member]);
}

test("prompts and stored completions are the same for each credential, for an SDK and for the CLI", async () => {
	const gateway = await keyless();
	for (const [index, headers] of credentials.entries()) {
		expect((await post(gateway, "/prompts", { name: `p${index}`, ...hello }, headers)).status).toBe(200);
		expect((await post(gateway, "/chat/completions", { ...hello, store: true }, headers)).status).toBe(200);
	}
	for (const headers of credentials) {
		expect(await namesSeen(gateway, "/prompts?order=asc", headers, "name")).toEqual(
			credentials.map((_, at) => `p${at}`),
		);
		expect(await namesSeen(gateway, "/chat/completions", headers, "id")).toHaveLength(credentials.length);
		expect((await post(gateway, "/chat/completions", { prompt: { id: "p0" } }, headers)).status).toBe(200);
	}
	const sdk = new OpenAI({ baseURL: gateway.baseUrl, apiKey: "anything", maxRetries: 0 });
	expect((await sdk.chat.completions.list()).data.length).toBeGreaterThanOrEqual(credentials.length);
});

test("once there is a key it is nobody's, but a key's that was made for it", async () => {
	const gateway = await keyless();
	expect(
		(await post(gateway, "/prompts", { name: "former", ...hello }, { authorization: "Bearer sk-one" })).status,
	).toBe(200);
	const other = await addKey(gateway, { name: "other" });
	const heir = await addKey(gateway, { name: "heir", team: "blue", permissions: ["api", "keyless"] });
	const seen = (headers: Credential) => namesSeen(gateway, "/prompts", headers, "name");
	expect(await seen({ authorization: `Bearer ${other.secret}` })).toEqual([]);
	expect(await seen({ authorization: "Bearer anonymous", "x-api-key": other.secret })).toEqual([]);
	expect(await seen({ authorization: `Bearer ${heir.secret}` })).toEqual(["former"]);
});

const hashes = ["a".repeat(64), "0123456789abcdef".repeat(4)] as const;

function completion(id: string): NewCompletion {
	return {
		id,
		model: "m",
		status: "completed",
		metadata: { team: "blue" },
		createdAt: 1_700_000_000,
		request: "{}",
		response: "{}",
		promptTokens: 1,
		completionTokens: 1,
		durationMs: 1,
	};
}

/** A folder as an earlier version left it, whose credentials were owners, after the step that gives it to one. */
async function storedBefore(more: (store: Store) => Promise<unknown> = async () => {}): Promise<string> {
	const dataFolder = temporaryFolder();
	const store = await openStore({ dataFolder, storeUrl: undefined });
	await more(store);
	const made = { name: "greeting", description: "", metadata: {}, version: { content: hello as never, comment: "" } };
	for (const owner of [...hashes, anonymous]) await store.prompts.create(owner, made);
	for (const [at, owner] of hashes.entries()) await store.completions.add(owner, completion(`moved-${at}`));
	await store.settle();
	await store.close();
	const database = await openSqlite(dataFolder);
	await shareKeyless(database.db);
	await database.close();
	// And one that was killed before it had moved this.
	const journal = new Journal(dataFolder, completionJournal, (error) => error);
	journal.append([{ owner: hashes[0], completion: completion("journaled") }]);
	journal.seal();
	return dataFolder;
}

test("what an earlier version stored for credentials is the one owner's, also two prompts of one name", async () => {
	const store = await openStore({ dataFolder: await storedBefore(), storeUrl: undefined });
	onTestFinished(() => store.close());
	const { data } = await store.prompts.list(anonymous, { limit: 10, order: "asc", after: undefined });
	expect(data.map(({ name }) => name)).toEqual(["greeting", "greeting-2", "greeting-3"]);
	const found = await store.completions.list(anonymous, { limit: 10, order: "asc", metadata: { team: "blue" } });
	expect(found.data.map(({ id }) => id).sort()).toEqual(["journaled", "moved-0", "moved-1"]);
	for (const owner of hashes)
		expect((await store.completions.list(owner, { limit: 10, order: "asc" })).data).toEqual([]);
});

test("but where there was a key it stays as it is", async () => {
	const store = await openStore({ dataFolder: await storedBefore(storeKey), storeUrl: undefined });
	onTestFinished(() => store.close());
	const ids = async (owner: string) =>
		(await store.completions.list(owner, { limit: 10, order: "asc" })).data.map(({ id }) => id).sort();
	expect(await ids(hashes[0])).toEqual(["journaled", "moved-0"]);
	expect(await ids(hashes[1])).toEqual(["moved-1"]);
	expect(await ids(anonymous)).toEqual([]);
});
