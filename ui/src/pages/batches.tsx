/** Batches of all keys, the newest first, each with its progress and a button that cancels it. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import type { Batch, BatchList } from "../contract.js";
import { ago, compact, dateTime, whole } from "../format.js";
import { useLoaded } from "../loading.js";
import { useAction } from "../parts/dialog.js";
import { Pager } from "../parts/pager.js";
import { Empty, Failure, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";

const columns: readonly TableColumn[] = [
	["Batch"],
	["Key"],
	["Status"],
	["Progress"],
	["Done", "number"],
	["Failed", "number"],
	["Of", "number"],
	["Tokens in", "number"],
	["Tokens out", "number"],
	["Created"],
	[""],
];

const pageSize = 50;
const everyMs = 3_000;

const kinds: Readonly<Record<string, string>> = { completed: "good", failed: "bad", expired: "bad", cancelled: "bad" };

export function BatchesPage() {
	const [after, setAfter] = useState<readonly string[]>([]);
	const { error, isBusy, perform } = useAction();
	const path = `v1/admin/batches?${queryOf({ after: after.at(-1), limit: pageSize, order: "desc" })}`;
	const loaded = useLoaded((signal) => askJson<BatchList>("admin", path, { signal }), [path], everyMs);
	const cancel = async (id: string) => {
		await askJson("admin", `v1/admin/batches/${encodeURIComponent(id)}/cancel`, { method: "POST" });
		await loaded.reload();
	};
	return (
		<>
			<header class="page-head">
				<h1>Batches</h1>
			</header>
			{error !== undefined && <Failure error={error} />}
			<Shown loaded={loaded}>
				{(page) =>
					page.data.length === 0 ? (
						<Empty title="No batches yet">
							Clients make them with <code>POST /v1/batches</code> and <code>POST /v1/messages/batches</code>.
						</Empty>
					) : (
						<>
							<Table columns={columns}>
								<tbody>
									{page.data.map((batch) => (
										<BatchRow
											key={batch.id}
											batch={batch}
											isBusy={isBusy}
											cancel={() => perform(() => cancel(batch.id))}
										/>
									))}
								</tbody>
							</Table>
							<Pager after={after} change={setAfter} page={page} />
						</>
					)
				}
			</Shown>
		</>
	);
}

interface BatchRowProps {
	batch: Batch;
	isBusy: boolean;
	cancel: () => void;
}

function BatchRow({ batch, isBusy, cancel }: BatchRowProps) {
	const { completed, failed, total } = batch.request_counts;
	const isOver = kinds[batch.status] !== undefined;
	return (
		<tr>
			<td class="named">
				{batch.id}
				<small>
					{batch.endpoint}
					{batch.upstream !== null && ` at ${batch.upstream}`}
				</small>
			</td>
			<td class="long" title={batch.key ?? ""}>
				{batch.key ?? <span class="muted">–</span>}
			</td>
			<td title={batch.errors?.data.map(({ message }) => message).join("\n")}>
				<span class={`state ${kinds[batch.status] ?? ""}`}>
					<i class="dot" />
					{batch.status.replace("_", " ")}
				</span>
			</td>
			<td>
				<progress value={completed + failed} max={Math.max(1, total)} aria-label={`Progress of ${batch.id}`} />
			</td>
			<td class="number">{whole(completed)}</td>
			<td class="number">{whole(failed)}</td>
			<td class="number">{whole(total)}</td>
			<td class="number">{compact(batch.usage.input_tokens)}</td>
			<td class="number">{compact(batch.usage.output_tokens)}</td>
			<td title={dateTime(batch.created_at)}>{ago(batch.created_at)}</td>
			<td>
				{!isOver && (
					<button type="button" class="danger" disabled={isBusy || batch.status === "cancelling"} onClick={cancel}>
						Cancel
					</button>
				)}
			</td>
		</tr>
	);
}
