/** What administrators did, newest first. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { AuditList } from "../contract.js";
import { dateTime } from "../format.js";
import { useLoaded } from "../loading.js";
import { Pager } from "../parts/pager.js";
import { Empty, Shown } from "../parts/states.js";

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
					<Empty title="Nothing was done yet">Each change of a key leaves an entry here that can't be changed.</Empty>
				) : (
					<>
						<div class="card scroll">
							<table>
								<thead>
									<tr>
										<th class="number">#</th>
										<th>Time</th>
										<th>Who</th>
										<th>Did what</th>
										<th>To</th>
										<th>Changed</th>
									</tr>
								</thead>
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
							</table>
						</div>
						<p class="muted small">
							Each entry holds the hash of the one before. <code>llmw audit verify</code> checks the chain.
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

/** Which members are not what they were. */
function changesOf(before: State, after: State): string {
	if (before === null || after === null) return "";
	const names = new Set([...Object.keys(before), ...Object.keys(after)]);
	const changed = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
	return changed.filter((name) => name !== "updated_at").join(", ");
}
