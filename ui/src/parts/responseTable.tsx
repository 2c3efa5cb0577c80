/** Kept responses as a table; each leads to its thread. */
import type { KeptResponse } from "../contract.js";
import { clock, compact, dateTime } from "../format.js";
import { responseStates } from "../responseStates.js";
import { linkTo } from "../route.js";
import { Table, type TableColumn } from "./table.js";

const columns: readonly TableColumn[] = [
	["Time"],
	["Model"],
	["Status"],
	["Goes on from"],
	["Tokens in", "number"],
	["Tokens out", "number"],
	["Kept by"],
];

export function ResponseTable({ responses }: { responses: readonly KeptResponse[] }) {
	return (
		<Table columns={columns}>
			<tbody>
				{responses.map((response) => (
					<Row key={response.id} response={response} />
				))}
			</tbody>
		</Table>
	);
}

function Row({ response }: { response: KeptResponse }) {
	const { id, created_at, model, status, previous_response_id: previous, conversation, usage, kept_by } = response;
	return (
		<tr>
			<td title={dateTime(created_at)}>
				<a href={linkTo(["responses", id])}>{clock(created_at)}</a>
			</td>
			<td class="long" title={model}>
				{model}
			</td>
			<td>
				<ResponseState status={status} />
			</td>
			<td class="long" title={previous ?? conversation ?? ""}>
				{previous ?? conversation ?? <span class="muted">–</span>}
			</td>
			<td class="number">{compact(usage?.input_tokens)}</td>
			<td class="number">{compact(usage?.output_tokens)}</td>
			<td class="long">{kept_by ?? <span class="muted">the gateway</span>}</td>
		</tr>
	);
}

export function ResponseState({ status }: { status: string }) {
	return (
		<span class={`state ${responseStates[status] ?? ""}`}>
			<i class="dot" />
			{status}
		</span>
	);
}
