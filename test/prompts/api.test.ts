import { describe, expect, test } from "vitest";
import { addKey } from "../kit/keys.js";
import { clientOf, type Prompt, type PromptVersion, setUp, support } from "../kit/prompts.js";
import { overBothGateways } from "../kit/stores.js";

interface Page<Item> {
	data: Item[];
	first_id: string | null;
	last_id: string | null;
	has_more: boolean;
}

const hi = { messages: [{ role: "user", content: "Hi" }] };

overBothGateways(() => {
	test("a prompt is created, found by id and by name, changed, deleted and restored", async () => {
		const { call } = await setUp();
		const made = await call<Prompt>("POST", "/prompts", support);
		expect(made).toMatchObject({ status: 200, body: { object: "prompt", name: "support-reply", latest_version: 1 } });
		expect(made.headers.get("etag")).toBe('"1"');
		const { id } = made.body;
		expect(id).toMatch(/^prompt_[A-Za-z0-9]{24}$/);
		expect((await call("GET", `/prompts/${id}`)).body).toEqual(made.body);
		expect((await call("GET", "/prompts/support-reply")).body).toEqual(made.body);

		const changed = await call<Prompt>("POST", "/prompts/support-reply", {
			name: "reply",
			metadata: { team: "sales" },
		});
		expect(changed.body).toMatchObject({
			id,
			name: "reply",
			description: support.description,
			metadata: { team: "sales" },
		});
		expect((await call("GET", "/prompts/support-reply")).status).toBe(404);

		expect((await call("DELETE", "/prompts/reply")).body).toEqual({ id, object: "prompt.deleted", deleted: true });
		const gone = await call("GET", "/prompts/reply");
		expect([gone.status, gone.body.error]).toMatchObject([
			404,
			{ code: "prompt_not_found", message: "There is no prompt 'reply'." },
		]);
		expect((await call<PromptVersion>("GET", "/prompts/reply/versions/1")).body.messages).toEqual(support.messages);
		expect((await call<Page<Prompt>>("GET", "/prompts")).body.data).toEqual([]);
		const listed = (await call<Page<Prompt>>("GET", "/prompts?deleted=true")).body.data;
		expect(listed).toMatchObject([{ id, deleted_at: expect.any(Number) }]);
		expect((await call<Prompt>("POST", "/prompts/reply/restore")).body).toMatchObject({ id, deleted_at: null });
		expect((await call("GET", "/prompts/reply")).status).toBe(200);
	});

	test("versions get numbers, never change, and hold what was left unsaid", async () => {
		const { call } = await setUp();
		const { id } = (await call<Prompt>("POST", "/prompts", { ...support, comment: "The first" })).body;
		const second = await call<PromptVersion>("POST", "/prompts/support-reply/versions", { ...hi, comment: "Shorter" });
		expect(second.body).toMatchObject({ id: `${id}@2`, prompt_id: id, version: 2, comment: "Shorter", parameters: {} });
		const first = (await call<PromptVersion>("GET", `/prompts/${id}/versions/1`)).body;
		expect(first).toMatchObject({ comment: "The first", messages: support.messages, parameters: support.parameters });
		expect(first.variables).toEqual({
			company: { type: "string", required: true },
			question: { type: "string", required: true, description: "What the customer wrote" },
			language: { type: "string", required: false, default: "English" },
		});
		const missing = await call("GET", `/prompts/${id}/versions/3`);
		expect(missing.body.error).toMatchObject({
			message: "Prompt 'support-reply' has no version 3; its latest is 2.",
			param: "version",
		});
	});

	test("lists are paged as OpenAI's are", async () => {
		const { call } = await setUp();
		for (const name of ["a", "b", "c", "d", "e"]) await call("POST", "/prompts", { name, ...hi });
		const names: string[] = [];
		for (let after = ""; ; ) {
			const { body } = await call<Page<Prompt>>("GET", `/prompts?limit=2&order=asc${after}`);
			names.push(...body.data.map(({ name }) => name));
			expect([body.first_id, body.last_id]).toEqual([body.data[0]?.id, body.data.at(-1)?.id]);
			if (!body.has_more) break;
			after = `&after=${body.last_id}`;
		}
		expect(names).toEqual(["a", "b", "c", "d", "e"]);
		for (let version = 2; version <= 5; version += 1) await call("POST", "/prompts/a/versions", hi);
		const newest = (await call<Page<PromptVersion>>("GET", "/prompts/a/versions?limit=2")).body;
		expect([newest.data.map(({ version }) => version), newest.has_more]).toEqual([[5, 4], true]);
		for (const after of [newest.last_id, "4"]) {
			const next = (await call<Page<PromptVersion>>("GET", `/prompts/a/versions?after=${after}`)).body;
			expect([next.data.map(({ version }) => version), next.has_more]).toEqual([[3, 2, 1], false]);
		}
		expect((await call("GET", "/prompts?limit=101")).body.error).toMatchObject({ param: "limit" });
	});

	test("labels move, and tell what they can't point at", async () => {
		const { call } = await setUp();
		await call("POST", "/prompts", support);
		await call("POST", "/prompts/support-reply/versions", hi);
		const label = (name: string, version: number) =>
			call<Prompt>("PUT", `/prompts/support-reply/labels/${name}`, { version });
		expect((await label("production", 1)).body.labels).toEqual({ production: 1 });
		expect((await label("production", 2)).body.labels).toEqual({ production: 2 });
		expect((await label("staging", 1)).body.labels).toEqual({ production: 2, staging: 1 });
		expect(await label("staging", 3)).toMatchObject({ status: 404, body: { error: { param: "version" } } });
		expect(await label("latest", 1)).toMatchObject({ status: 400, body: { error: { param: "label" } } });
		expect((await label("Production", 1)).status).toBe(400);
		const removed = await call<Prompt>("DELETE", "/prompts/support-reply/labels/staging");
		expect(removed.body.labels).toEqual({ production: 2 });
		const again = await call("DELETE", "/prompts/support-reply/labels/staging");
		expect(again.body.error).toMatchObject({
			message: "Prompt 'support-reply' has no label 'staging'; it has production.",
			param: "label",
		});
	});

	describe("If-Match", () => {
		test.each<[method: string, path: string, body?: object]>([
			["POST", "", { description: "new" }],
			["POST", "/versions", hi],
			["PUT", "/labels/production", { version: 1 }],
			["DELETE", "/labels/staging"],
			["DELETE", ""],
			["POST", "/restore"],
		])("is honoured by %s /prompts/{prompt}%s", async (method, path, body) => {
			const { call } = await setUp();
			await call("POST", "/prompts", support);
			const { headers } = await call("PUT", "/prompts/support-reply/labels/staging", { version: 1 });
			expect(headers.get("etag")).toBe('"2"');
			const change = (etag: string) => call(method, `/prompts/support-reply${path}`, body, { "if-match": etag });
			const stale = await change('"1"');
			expect(stale).toMatchObject({ status: 412, body: { error: { code: "precondition_failed", param: "if-match" } } });
			expect(stale.body.error.message).toContain('its ETag is "2" now');
			expect((await change('W/"2"')).status).toBe(412);
			expect((await change("2")).status).toBe(400);
			const done = await change('"1", "2"');
			expect(done.status).toBe(200);
			expect(done.headers.get("etag")).toBe(path === "/restore" ? '"2"' : '"3"');
		});

		test("lets one of many who change the same prompt at once through", async () => {
			const { call } = await setUp();
			await call("POST", "/prompts", support);
			const changes = await Promise.all(
				Array.from({ length: 8 }, (_none, index) =>
					call("POST", "/prompts/support-reply", { description: String(index) }, { "if-match": '"1"' }),
				),
			);
			expect(changes.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
		});
	});

	test("writers at once get numbers of their own", async () => {
		const { call } = await setUp();
		await call("POST", "/prompts", support);
		const made = await Promise.all(
			Array.from({ length: 12 }, () => call<PromptVersion>("POST", "/prompts/support-reply/versions", hi)),
		);
		const numbers = made.map(({ body }) => body.version).sort((one, other) => one - other);
		expect(numbers).toEqual(Array.from({ length: 12 }, (_none, index) => index + 2));
	});

	test("a name is taken until its prompt is deleted", async () => {
		const { call } = await setUp();
		await call("POST", "/prompts", support);
		expect((await call("POST", "/prompts", support)).status).toBe(409);
		await call("DELETE", "/prompts/support-reply");
		const { id } = (await call<Prompt>("POST", "/prompts", support)).body;
		expect((await call<Prompt>("GET", "/prompts/support-reply")).body.id).toBe(id);
	});

	test("nobody sees another's prompts", async () => {
		const { gateway } = await setUp();
		const [ann, ben] = (await Promise.all(
			["ann", "ben"].map(async (name) =>
				clientOf(gateway, { authorization: `Bearer ${(await addKey(gateway, { name })).secret}` }),
			),
		)) as [ReturnType<typeof clientOf>, ReturnType<typeof clientOf>];
		const { id } = (await ann<Prompt>("POST", "/prompts", support)).body;
		for (const other of [ben]) {
			expect((await other("GET", `/prompts/${id}`)).status).toBe(404);
			expect((await other("GET", `/prompts/${id}/versions/1`)).status).toBe(404);
			expect((await other("POST", `/prompts/${id}/render`, { version: 1 })).status).toBe(404);
			expect((await other("POST", "/chat/completions", { prompt: { id, version: 1 } })).status).toBe(404);
			expect((await other<Page<Prompt>>("GET", "/prompts")).body.data).toEqual([]);
		}
		expect((await ben("POST", "/prompts", support)).status).toBe(200);
	});

	describe("a version that can't be", () => {
		test.each<[what: string, body: object, param: string, message: RegExp]>([
			["without messages", { messages: [] }, "messages", /at least 1 item/],
			[
				"of too many messages",
				{ messages: Array(1001).fill(hi.messages[0]) },
				"messages",
				/must NOT have more than 1000/,
			],
			["with a wrong role", { messages: [{ role: 7, content: "" }] }, "messages[0].role", /expected string/],
			[
				"with an undeclared placeholder",
				{ messages: [{ role: "user", content: "{{who}}" }] },
				"messages[0].content",
				/no variable 'who'/,
			],
			[
				"with a wrong parameter",
				{ ...hi, parameters: { temperature: 9 } },
				"parameters.temperature",
				/between 0.1 and 1.0/,
			],
			["that streams", { ...hi, parameters: { stream: true } }, "parameters.stream", /each request to say/],
			["with messages as parameters", { ...hi, parameters: hi }, "parameters.messages", /stand beside them/],
			["with a wrong variable", { ...hi, variables: { a: { type: "date" } } }, "variables.a.type", /one of "string"/],
			[
				"with a bad name of a variable",
				{ ...hi, variables: { "a-b": {} } },
				"variables.a-b",
				/letters, digits or underscores/,
			],
			["with a typing error", { ...hi, varaibles: {} }, "varaibles", /Unknown parameter: 'varaibles'/],
		])("%s is refused by name", async (_what, body, param, message) => {
			const { call } = await setUp();
			await call("POST", "/prompts", { name: "p", ...hi });
			for (const [path, more] of [
				["/prompts", { name: "q" }],
				["/prompts/p/versions", {}],
			] as const) {
				const refused = await call("POST", path, { ...more, ...body });
				expect(refused).toMatchObject({
					status: 400,
					body: { error: { param, message: expect.stringMatching(message) } },
				});
			}
		});

		test.each(["Upper", "", "a b", "../x", ".x", "prompt_x", "x".repeat(129), "ä"])(
			"nor a prompt called %j",
			async (name) => {
				const { call } = await setUp();
				expect(await call("POST", "/prompts", { name, ...hi })).toMatchObject({
					status: 400,
					body: { error: { param: "name" } },
				});
			},
		);
	});

	test("rendering shows what a completion would ask, without asking", async () => {
		const { call, received } = await setUp();
		const { id } = (await call<Prompt>("POST", "/prompts", support)).body;
		const variables = { company: "Acme", question: "{{language}} \\{{ where?" };
		expect((await call("POST", "/prompts/support-reply/render", { variables })).body).toEqual({
			object: "prompt.rendering",
			prompt_id: id,
			version: 1,
			messages: [
				{ role: "system", content: "You answer customers of Acme, in English." },
				{ role: "user", content: "{{language}} \\{{ where?" },
			],
			parameters: support.parameters,
		});
		const refused = await call("POST", "/prompts/support-reply/render", { variables: { ...variables, company: 1 } });
		expect(refused).toMatchObject({ status: 400, body: { error: { param: "variables.company" } } });
		const unlabelled = await call("POST", "/prompts/support-reply/render", { label: "staging", variables });
		expect(unlabelled).toMatchObject({ status: 404, body: { error: { param: "label" } } });
		const both = await call("POST", "/prompts/support-reply/render", { label: "staging", version: 1 });
		expect(both).toMatchObject({
			status: 400,
			body: { error: { message: "Give either a version or a label, not both" } },
		});
		expect(received).toEqual([]);
	});

	test("two versions are compared by number or label", async () => {
		const { call } = await setUp();
		await call("POST", "/prompts", support);
		await call("POST", "/prompts/support-reply/versions", {
			...support,
			name: undefined,
			description: undefined,
			metadata: undefined,
			parameters: { temperature: 0.5 },
		});
		await call("PUT", "/prompts/support-reply/labels/production", { version: 1 });
		const diff = (query: string) =>
			call<{ from: number; to: number; changes: object[]; text: string }>("GET", `/prompts/support-reply/diff${query}`);
		for (const query of ["", "?from=1&to=2", "?from=production&to=latest", "?to=2"]) {
			const { body } = await diff(query);
			expect(body).toMatchObject({ object: "prompt.diff", from: 1, to: 2 });
			expect(body.changes).toEqual([
				{ op: "replace", path: "/parameters/temperature", before: 0.3, after: 0.5 },
				{ op: "remove", path: "/parameters/max_tokens", before: 400 },
			]);
			expect(body.text).toMatch(/^--- support-reply@1\n\+\+\+ support-reply@2\n@@ .*- {2}max_tokens: 400\n.*$/s);
		}
		expect((await diff("?from=2&to=2")).body).toMatchObject({ changes: [], text: "" });
		expect(await call("GET", "/prompts/support-reply/diff?to=1")).toMatchObject({
			status: 400,
			body: { error: { param: "from" } },
		});
		expect(await call("GET", "/prompts/support-reply/diff?from=staging")).toMatchObject({
			status: 404,
			body: { error: { param: "from" } },
		});
		expect((await call("GET", "/prompts/support-reply/diff?from=1&to=9")).status).toBe(404);
	});

	test("If-None-Match spares an answer that is known", async () => {
		const { call } = await setUp();
		await call("POST", "/prompts", support);
		const get = (etag: string) => call("GET", "/prompts/support-reply", undefined, { "if-none-match": etag });
		for (const etag of ['"1"', 'W/"1"', '"7", "1"', "*"]) expect([(await get(etag)).status, etag]).toEqual([304, etag]);
		expect((await get('"2"')).status).toBe(200);
	});
});
