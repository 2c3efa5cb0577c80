/** Tries a prompt with variables and a model, and shows the answer as it streams. */
import { useEffect, useRef, useState } from "preact/hooks";
import { askJson } from "../api.js";
import { chat, type Progress } from "../chat.js";
import type { ModelList } from "../contract.js";
import { compact, duration, money } from "../format.js";
import { useLoaded } from "../loading.js";
import { Field } from "../parts/field.js";
import { Failure } from "../parts/states.js";
import type { PromptWithVersions } from "../promptWithVersions.js";
import { loadRequests } from "../records.js";

export function Playground({ found: { prompt, versions } }: { found: PromptWithVersions }) {
	const [number, setNumber] = useState(String(prompt.labels.production ?? prompt.latest_version));
	const version = versions.find((one) => String(one.version) === number) ?? versions[0];
	const variables = Object.entries(version?.variables ?? {});
	const [values, setValues] = useState<Record<string, string>>({});
	const [model, setModel] = useState("");
	const models = useLoaded((signal) => askJson<ModelList>("key", "v1/models", { signal }), []);
	const run = useRun();
	const own = version?.parameters.model;
	const submit = (event: Event) => {
		event.preventDefault();
		const variableValues = variables
			.filter(([name]) => (values[name] ?? "") !== "")
			.map(([name, { type }]) => [name, typedValue(values[name] as string, type)]);
		void run.start({
			...(model === "" ? {} : { model }),
			prompt: { id: prompt.name, version: version?.version, variables: Object.fromEntries(variableValues) },
		});
	};
	return (
		<div class="playground">
			<form class="card" onSubmit={submit}>
				<div class="fields">
					<label class="field">
						<span>Version</span>
						<select value={number} onChange={({ currentTarget }) => setNumber(currentTarget.value)}>
							{versions.map((one) => (
								<option key={one.id} value={String(one.version)}>
									{one.version}
									{labelsOf(prompt.labels, one.version)}
								</option>
							))}
						</select>
					</label>
					<label class="field">
						<span>Model</span>
						<input
							list="models"
							value={model}
							placeholder={typeof own === "string" ? `${own}, as the prompt says` : "the contract's default"}
							spellcheck={false}
							onInput={({ currentTarget }) => setModel(currentTarget.value)}
						/>
						<datalist id="models">
							{models.data?.data.map(({ id }) => (
								<option key={id} value={id} />
							))}
						</datalist>
					</label>
					{variables.map(([name, { description, default: byDefault }]) => (
						<Field
							key={name}
							label={name}
							{...(description === undefined ? {} : { hint: description })}
							value={values[name] ?? ""}
							change={(value) => setValues({ ...values, [name]: value })}
							lines={2}
							{...(byDefault === undefined ? {} : { placeholder: String(byDefault) })}
						/>
					))}
				</div>
				<footer>
					{/* Two buttons, not one that changes: a click on the first would submit the form by the second. */}
					{run.isRunning ? (
						<button key="cancel" type="button" onClick={run.cancel}>
							Cancel
						</button>
					) : (
						<button key="run" type="submit" class="primary">
							Run
						</button>
					)}
				</footer>
			</form>
			<Answer run={run} />
		</div>
	);
}

function labelsOf(labels: Record<string, number>, version: number): string {
	const names = Object.keys(labels).filter((label) => labels[label] === version);
	return names.length === 0 ? "" : ` (${names.join(", ")})`;
}

/** Text for variables of type string; other types are parsed as JSON, and invalid JSON is left for the gateway to refuse. */
function typedValue(text: string, type: string | undefined): unknown {
	if (type === undefined || type === "string") return text;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

interface Run {
	progress: Progress | undefined;
	error: unknown;
	isRunning: boolean;
	isCancelled: boolean;
	/** Undefined until it is known; null if there is no price. */
	cost: number | null | undefined;
	start(body: object): Promise<void>;
	cancel(): void;
}

function useRun(): Run {
	const [progress, setProgress] = useState<Progress | undefined>(undefined);
	const [error, setError] = useState<unknown>(undefined);
	const [state, setState] = useState<"idle" | "running" | "cancelled">("idle");
	const [cost, setCost] = useState<number | null | undefined>(undefined);
	const controller = useRef<AbortController | undefined>(undefined);
	useEffect(() => () => controller.current?.abort(), []);
	const start = async (body: object) => {
		const mine = new AbortController();
		controller.current = mine;
		setProgress(undefined);
		setError(undefined);
		setCost(undefined);
		setState("running");
		try {
			const { requestId } = await chat(body, mine.signal, setProgress);
			setState("idle");
			setCost(await costOf(requestId, mine.signal));
		} catch (failure) {
			if (mine.signal.aborted) setState("cancelled");
			else {
				setState("idle");
				setError(failure);
			}
		}
	};
	return {
		progress,
		error,
		cost,
		isRunning: state === "running",
		isCancelled: state === "cancelled",
		start,
		cancel: () => controller.current?.abort(),
	};
}

/** Retries, since a record is written a moment after the answer's end. Only administrators can read it. */
async function costOf(requestId: string | undefined, signal: AbortSignal): Promise<number | null | undefined> {
	for (let tries = 0; requestId !== undefined && tries < 4; tries += 1) {
		const page = await loadRequests({}, undefined, signal).catch(() => undefined);
		if (page === undefined) return undefined;
		const record = page.data.find((one) => one.request_id === requestId);
		if (record) return record.cost;
		await new Promise((resolve) => setTimeout(resolve, 700));
	}
	return undefined;
}

function Answer({ run: { progress, error, isRunning, isCancelled, cost } }: { run: Run }) {
	return (
		<section class="card answer" aria-label="Answer">
			{error === undefined ? null : <Failure error={error} />}
			{progress === undefined && error === undefined && (
				<p class="muted">
					{isRunning ? "Waiting for the first token …" : "The answer appears here while it is written."}
				</p>
			)}
			{progress && (
				<>
					{progress.reasoning !== "" && <p class="reasoning">{progress.reasoning}</p>}
					<div class="text" aria-live="off" data-testid="answer">
						{progress.text}
						{isRunning && <i class="caret" />}
					</div>
					<dl class="figures">
						<Figure name="First token" value={duration(progress.firstTokenMs)} />
						<Figure name="Tokens in" value={compact(progress.inputTokens)} />
						<Figure name="Tokens out" value={`${progress.isCounted ? "" : "≈ "}${compact(progress.outputTokens)}`} />
						<Figure name="Tokens per second" value={compact(speedOf(progress))} />
						<Figure name="Duration" value={duration(progress.passedMs)} />
						{cost !== undefined && <Figure name="Cost" value={money(cost)} />}
						<Figure name="Finish reason" value={isCancelled ? "cancelled" : (progress.finish ?? "–")} />
						{progress.model && <Figure name="Model" value={progress.model} />}
					</dl>
				</>
			)}
			{isCancelled && progress === undefined && <p class="muted">Cancelled.</p>}
		</section>
	);
}

function Figure({ name, value }: { name: string; value: string }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd title={value}>{value}</dd>
		</div>
	);
}

function speedOf({ outputTokens, firstTokenMs, passedMs }: Progress): number | undefined {
	if (firstTokenMs === undefined || outputTokens < 2 || passedMs <= firstTokenMs) return undefined;
	return (outputTokens - 1) / ((passedMs - firstTokenMs) / 1000);
}
