/** Stored completions: the list with its filters, or a single one. */
import { useState } from "preact/hooks";
import { askJson, queryOf } from "../api.js";
import { completionStates } from "../completionStates.js";
import type { StoredCompletion, StoredCompletionList } from "../contract.js";
import { clock, compact, dateTime, duration } from "../format.js";
import { useLoaded } from "../loading.js";
import { AnyOf } from "../parts/anyOf.js";
import { Filter } from "../parts/filter.js";
import { Pager } from "../parts/pager.js";
import { Empty, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { changeQuery, linkTo, type Place } from "../route.js";
import { CompletionDetail } from "./completionDetail.js";

const columns: readonly TableColumn[] = [
	["Time"],
	["Model"],
	["Status"],
	["Answer"],
	["Tokens out", "number"],
	["Duration", "number"],
];

const statuses = ["completed", "incomplete", "failed"] as const;

export function CompletionsPage({ place }: { place: Place }) {
	const [, id] = place.path;
	if (id) return <CompletionDetail key={id} id={id} />;
	return <Completions place={place} />;
}

function Completions({ place }: { place: Place }) {
	const model = place.query.get("model") ?? "";
	const status = place.query.get("status") ?? "";
	const metadata = place.query.get("metadata") ?? "";
	const [after, setAfter] = useState<string[]>([]);
	const loaded = useLoaded(
		(signal) => {
			const [name = "", ...value] = metadata.split("=");
			const query = queryOf({
				model,
				status,
				...(name === "" ? {} : { [`metadata[${name}]`]: value.join("=") }),
				limit: 50,
				order: "desc",
				after: after.at(-1),
			});
			return askJson<StoredCompletionList>("key", `v1/chat/completions?${query}`, { signal });
		},
		[model, status, metadata, after],
	);
	const change = (name: string, value: string) => {
		setAfter([]);
		changeQuery(place, { [name]: value });
	};
	return (
		<>
			<header class="page-head">
				<h1>Completions</h1>
			</header>
			<form class="filters" onSubmit={(event) => event.preventDefault()}>
				<Filter label="Model" value={model} change={(value) => change("model", value)} />
				<Filter
					label="Metadata"
					placeholder="name=value"
					value={metadata}
					change={(value) => change("metadata", value)}
				/>
				<AnyOf label="Status" options={statuses} value={status} change={(value) => change("status", value)} />
			</form>
			<Shown loaded={loaded}>
				{(page) => {
					const { data } = page;
					if (data.length === 0)
						return model || status || metadata ? (
							<Empty title="No completion fits these filters" />
						) : (
							<Empty title="No stored completions" command={storeLine()}>
								A completion is stored when its request says <code>"store": true</code>, or always with{" "}
								<code>--store-all</code>.
							</Empty>
						);
					return (
						<>
							<CompletionTable completions={data} />
							<Pager after={after} change={setAfter} page={page} />
						</>
					);
				}}
			</Shown>
		</>
	);
}

function storeLine(): string {
	const url = new URL("v1/chat/completions", document.baseURI).href;
	return `curl ${url} -H 'content-type: application/json' \\\n  -d '{"store": true, "messages": [{"role": "user", "content": "Hello AI"}]}'`;
}

function CompletionTable({ completions }: { completions: readonly StoredCompletion[] }) {
	return (
		<Table columns={columns}>
			<tbody>
				{completions.map((completion) => (
					<tr key={completion.id}>
						<td title={dateTime(completion.created)}>
							<a href={linkTo(["completions", completion.id])}>{clock(completion.created)}</a>
						</td>
						<td class="long" title={completion.model}>
							{completion.model}
						</td>
						<td>
							<span class={`state ${completionStates[completion.status]}`}>
								<i class="dot" />
								{completion.status}
							</span>
						</td>
						<td class="long wide-cell">{startOf(completion)}</td>
						<td class="number">{compact(completion.usage?.completion_tokens)}</td>
						<td class="number">{duration(completion.duration_ms)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}

function startOf({ choices }: StoredCompletion): string {
	const content = choices[0]?.message.content;
	const text = typeof content === "string" ? content : content ? JSON.stringify(content) : "";
	return text.slice(0, 200);
}
