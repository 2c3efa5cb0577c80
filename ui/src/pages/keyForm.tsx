/** The form that creates a key or changes its settings. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { Key, KeyRequest, KeyWithSecret } from "../contract.js";
import { limitFields, limitsRequest, type TypedLimits, typedLimits } from "../keyLimits.js";
import { Dialog, useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Failure } from "../parts/states.js";

/** The form's fields. */
interface Typed {
	name: string;
	owner: string;
	team: string;
	organisation: string;
	models: string;
	routes: string;
	addresses: string;
	expires: string;
	metadata: string;
}

const lists = ["models", "routes", "addresses"] as const;
const texts = ["owner", "team", "organisation"] as const;

export function KeyForm({ known, close, done }: { known?: Key; close(): void; done(made: KeyWithSecret): void }) {
	const [typed, setTyped] = useState(typedOf(known));
	const [limits, setLimits] = useState<TypedLimits>(() => typedLimits(known));
	const { error, isBusy, perform } = useAction();
	const field = (name: keyof Typed, label: string, hint?: string, more: object = {}) => (
		<Field
			label={label}
			{...(hint === undefined ? {} : { hint })}
			value={typed[name]}
			change={(value) => setTyped({ ...typed, [name]: value })}
			{...more}
		/>
	);
	const submit = (event: Event) => {
		event.preventDefault();
		void perform(() => {
			const path = known === undefined ? "v1/admin/keys" : `v1/admin/keys/${encodeURIComponent(known.id)}`;
			return askJson<KeyWithSecret>("admin", path, {
				method: "POST",
				body: { ...requestOf(typed, known), ...limitsRequest(limits) },
			});
		}, done);
	};
	return (
		<Dialog title={known === undefined ? "Create a key" : `Edit ${known.name}`} close={close}>
			<form onSubmit={submit}>
				<div class="body fields">
					{field("name", "Name", undefined, { isRequired: true, placeholder: "my-app" })}
					<div class="row">
						{field("owner", "Owner")}
						{field("team", "Team")}
						{field("organisation", "Organisation")}
					</div>
					<p class="muted small">Stored completions and prompts belong to the team, or to the key if it has no team.</p>
					{field("models", "Models", "one name or pattern (with *) per line; empty allows all", { lines: 2 })}
					{field("routes", "Routes", "one name or pattern per line; empty allows all", { lines: 2 })}
					{field("addresses", "Addresses", "one address or network (CIDR) per line; empty allows any", {
						lines: 2,
					})}
					<fieldset class="row">
						<legend>
							Limits <small class="muted">leave empty for no limit; a higher priority waits less</small>
						</legend>
						{limitFields.map(([name, label]) => (
							<Field
								key={name}
								label={label}
								value={limits[name] ?? ""}
								change={(value) => setLimits({ ...limits, [name]: value })}
							/>
						))}
					</fieldset>
					{field("metadata", "Metadata", "one name=value per line", { lines: 2 })}
					{field("expires", "Expires", "leave empty for never", { type: "datetime-local" })}
				</div>
				{error === undefined ? null : <Failure error={error} />}
				<footer>
					<button type="button" onClick={close}>
						Cancel
					</button>
					<button type="submit" class="primary" disabled={isBusy}>
						{known === undefined ? "Create" : "Save"}
					</button>
				</footer>
			</form>
		</Dialog>
	);
}

function typedOf(key: Key | undefined): Typed {
	const lines = (values: readonly string[] | null | undefined) => (values ?? []).join("\n");
	return {
		name: key?.name ?? "",
		owner: key?.owner ?? "",
		team: key?.team ?? "",
		organisation: key?.organisation ?? "",
		models: lines(key?.models),
		routes: lines(key?.routes),
		addresses: lines(key?.addresses),
		expires: key?.expires_at ? localTime(key.expires_at) : "",
		metadata: lines(Object.entries(key?.metadata ?? {}).map(([name, value]) => `${name}=${value}`)),
	};
}

/** The format of `datetime-local`: local time without a zone. */
function localTime(seconds: number): string {
	const date = new Date(seconds * 1000);
	return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Empty fields are left out for a new key, and `null` for an existing one, which removes their values. */
function requestOf(typed: Typed, known: Key | undefined): KeyRequest {
	const none = known === undefined ? undefined : null;
	const request: Record<string, unknown> = { name: typed.name.trim() };
	for (const name of texts) request[name] = typed[name].trim() || none;
	for (const name of lists) {
		const values = linesOf(typed[name]);
		request[name] = values.length > 0 ? values : none;
	}
	// The field has no seconds, so an unchanged one must not alter an expiry that has some.
	if (typed.expires !== typedOf(known).expires || known === undefined)
		request.expires_at = typed.expires === "" ? none : Math.floor(new Date(typed.expires).getTime() / 1000);
	request.metadata = Object.fromEntries(linesOf(typed.metadata).map(pairOf));
	return request as KeyRequest;
}

function linesOf(text: string): string[] {
	return text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "");
}

function pairOf(line: string): [string, string] {
	const [name = "", ...value] = line.split("=");
	return [name.trim(), value.join("=").trim()];
}
