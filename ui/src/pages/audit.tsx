/** The audit: what administrators did, newest first. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { AuditList } from "../contract.js";
import { dateTime } from "../format.js";
import { useLoaded } from "../loading.js";
import { Pager } from "../parts/pager.js";
import { Empty, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";

const columns: readonly TableColumn[] = [["#", "number"], ["Time"], ["Who"], ["Action"], ["Key"], ["Changed"]];

const pageSize = 50;

export function Audit() {
	const [after, setAfter] = useState<string[]>([]);
	const loaded = useLoaded(
		(signal) => {
			const from = after.at(-1);
			const page = from === undefined ? "" : `&after=${encodeURIComponent(from)}`;
			return askJson<AuditList>("admin", `v1/admin/audit?limit=${pageSize}&order=desc${page}`, { signal });
		},
		[after],
	);
	return (
		<Shown loaded={loaded}>
			{(page) =>
				page.data.length === 0 ? (
					<Empty title="No changes yet">
						Every change to a key is recorded here, and the records can't be changed.
					</Empty>
				) : (
					<>
						<Table columns={columns}>
							<tbody>
								{page.data.map((entry) => (
									<tr key={entry.id}>
										<td class="number">{entry.number}</td>
										<td>{dateTime(entry.created_at)}</td>
										<td class="named">
											<span>{entry.actor.name}</span>
											<small>{entry.actor.address ?? ""}</small>
										</td>
										<td>{entry.action}</td>
										<td class="named">
											<span>{nameIn(entry.after) ?? nameIn(entry.before) ?? ""}</span>
											<small>{entry.target ?? ""}</small>
										</td>
										<td class="changed">{changesOf(entry.before, entry.after)}</td>
									</tr>
								))}
							</tbody>
						</Table>
						<p class="muted small">
							Each entry contains the hash of the one before it. <code>llmw audit verify</code> checks that none was
							changed or removed.
						</p>
						<Pager after={after} change={setAfter} page={page} />
					</>
				)
			}
		</Shown>
	);
}

type State = Record<string, unknown> | null;

function nameIn(state: State): string | undefined {
	return typeof state?.name === "string" ? state.name : undefined;
}

/** @returns the names of the members that differ */
function changesOf(before: State, after: State): string {
	if (before === null || after === null) return "";
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	const changed = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
	return changed.filter((name) => name !== "updated_at").join(", ");
}
