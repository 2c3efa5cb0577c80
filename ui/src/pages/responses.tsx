/** Kept responses: the list with its filters, or the thread that leads to one. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import type { KeptResponseList } from "../contract.js";
import { useLoaded } from "../loading.js";
import { AnyOf } from "../parts/anyOf.js";
import { Filter } from "../parts/filter.js";
import { Pager } from "../parts/pager.js";
import { ResponseTable } from "../parts/responseTable.js";
import { Empty, Shown } from "../parts/states.js";
import { changeQuery, type Place } from "../route.js";
import { ThreadPage } from "./thread.js";

const statuses = ["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"] as const;
const fields = [
	["model", "Model"],
	["thread", "Thread"],
] as const;

export function ResponsesPage({ place }: { place: Place }) {
	const [, id] = place.path;
	return id === undefined || id === "" ? <Responses place={place} /> : <ThreadPage key={id} id={id} />;
}

function Responses({ place }: { place: Place }) {
	const filters = {
		model: place.query.get("model") ?? "",
		thread: place.query.get("thread") ?? "",
		status: place.query.get("status") ?? "",
	};
	const [after, setAfter] = useState<readonly string[]>([]);
	const query = queryOf({ ...filters, limit: 50, order: "desc", after: after.at(-1) });
	const loaded = useLoaded(
		(signal) => askJson<KeptResponseList>("key", `v1/responses/kept?${query}`, { signal }),
		[query],
	);
	const change = (name: string, value: string) => {
		setAfter([]);
		changeQuery(place, { [name]: value });
	};
	return (
		<>
			<header class="page-head">
				<h1>Responses</h1>
			</header>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				{fields.map(([name, label]) => (
					<Filter key={name} label={label} value={filters[name]} change={(value) => change(name, value)} />
				))}
				<AnyOf label="Status" options={statuses} value={filters.status} change={(value) => change("status", value)} />
			</form>
			<Shown loaded={loaded}>
				{(page) =>
					page.data.length === 0 ? (
						<NoResponses isFiltered={Object.values(filters).some((value) => value !== "")} />
					) : (
						<>
							<ResponseTable responses={page.data} />
							<Pager after={after} change={setAfter} page={page} />
						</>
					)
				}
			</Shown>
		</>
	);
}

function NoResponses({ isFiltered }: { isFiltered: boolean }) {
	if (isFiltered) return <Empty title="No response fits these filters" />;
	return (
		<Empty title="No kept responses" command={responseLine()}>
			A response is kept unless its request says <code>"store": false</code>, so that the next can go on from it.
		</Empty>
	);
}

function responseLine(): string {
	const url = new URL("v1/responses", document.baseURI).href;
	return `curl ${url} -H 'content-type: application/json' \\\n  -d '{"input": "Hello AI"}'`;
}
