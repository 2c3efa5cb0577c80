/** `llmw batches`: lists a running gateway's batches with their progress, shows one, and cancels one. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import type { GatewayApi } from "./gatewayApi.js";
import { administration, allPages, moment } from "./keys.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;
type Batch = components["schemas"]["GatewayBatch"];

interface Request {
	readonly api: GatewayApi;
	readonly flags: Flags;
	readonly output: Output;
}

/**
 * @param words the words after `batches`: `list`, `show BATCH` or `cancel BATCH`
 * @throws Problems
 */
export async function batches(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const [action = "list", id, ...more] = words;
	const act = { show, cancel }[action];
	const isList = action === "list" && id === undefined;
	if (more.length > 0 || (!isList && (act === undefined || id === undefined)))
		throw new Problems([
			{ where: "batches", message: "is followed by list, show BATCH or cancel BATCH; see llmw batches --help" },
		]);
	const request = { api: await administration(flags, gatewayUrl, output), flags, output };
	if (act === undefined || id === undefined) await list(request);
	else await act(`/admin/batches/${encodeURIComponent(id)}`, request);
}

async function list({ api, flags, output }: Request): Promise<void> {
	const limit = optionReader(flags, {})("limit", wholeNumber) ?? listedAtMost;
	const found = await allPages<Batch>(api, "/admin/batches?order=desc", limit);
	printList(found, { heads: head, row: row, nothing: "there are no batches", asJson: flags.json === "true" }, output);
}

const head = ["ID", "KEY", "RUN BY", "ENDPOINT", "STATUS", "DONE", "FAILED", "OF", "CREATED (UTC)", "EXPIRES (UTC)"];

function row({ id, key, endpoint, status, request_counts: counts, created_at, expires_at, upstream }: Batch): string[] {
	const numbers = [counts.completed, counts.failed, counts.total].map(String);
	return [id, key ?? "", upstream ?? "", endpoint, status, ...numbers, moment(created_at), moment(expires_at)];
}

async function show(path: string, request: Request): Promise<void> {
	print(await request.api.ask<Batch>("GET", path), request);
}

async function cancel(path: string, request: Request): Promise<void> {
	print(await request.api.ask<Batch>("POST", `${path}/cancel`), request);
}

function print(batch: Batch, { flags, output }: Request): void {
	if (flags.json === "true") {
		output.print(terminalJson(batch));
		return;
	}
	const { usage, errors, output_file_id: answers, error_file_id: failures } = batch;
	const lines = [["TOKENS", `${usage.input_tokens} in, ${usage.output_tokens} out`]];
	if (answers !== null) lines.push(["OUTPUT FILE", answers]);
	if (failures !== null) lines.push(["ERROR FILE", failures]);
	for (const { line, message } of errors?.data ?? []) lines.push([line === null ? "ERROR" : `LINE ${line}`, message]);
	output.print(table([head, row(batch)]));
	output.print(table(lines));
}
