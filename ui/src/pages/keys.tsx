/** Keys and the audit of their changes. */
import { useState } from "preact/hooks";
import { askJson } from "../api.js";
import type { Key, KeyList, KeyWithSecret } from "../contract.js";
import { credential } from "../credentials.js";
import { ago, dateTime } from "../format.js";
import { limitsInWords } from "../keyLimits.js";
import { useLoaded } from "../loading.js";
import { Confirmation } from "../parts/dialog.js";
import { Empty, Shown } from "../parts/states.js";
import { Table, type TableColumn } from "../parts/table.js";
import { Choice } from "../parts/tabs.js";
import { changeQuery, linkTo, type Place } from "../route.js";
import { Audit } from "./audit.js";
import { KeyForm } from "./keyForm.js";
import { Secret } from "./secret.js";

const columns: readonly TableColumn[] = [
	["Name"],
	["Owner"],
	["Status"],
	["Allowed"],
	["Last used"],
	["Expires"],
	["Actions", "hidden"],
];

type Doing = { what: "create" } | { what: "edit" | "rotate" | "revoke"; key: Key } | undefined;

export function KeysPage({ place }: { place: Place }) {
	const view = place.query.get("view") === "audit" ? "audit" : "keys";
	const [doing, setDoing] = useState<Doing>(undefined);
	const [created, setCreated] = useState<KeyWithSecret | undefined>(undefined);
	const loaded = useLoaded((signal) => allKeys(signal), []);
	const done = (key?: KeyWithSecret) => {
		setDoing(undefined);
		setCreated(key);
		void loaded.reload();
	};
	return (
		<>
			<header class="page-head">
				<h1>Keys</h1>
				<Choice
					label="Show"
					value={view}
					options={[
						["keys", "Keys"],
						["audit", "Audit"],
					]}
					choose={(next) => changeQuery(place, { view: next === "audit" ? "audit" : undefined })}
				/>
				{view === "keys" && (
					<button type="button" class="primary" onClick={() => setDoing({ what: "create" })}>
						Create a key
					</button>
				)}
			</header>
			{view === "audit" ? (
				<Audit />
			) : (
				<Shown loaded={loaded}>
					{(keys) => (
						<>
							{credential("admin") === undefined && <ReadOnlyNote />}
							{keys.length === 0 ? <NoKeys /> : <KeyTable keys={keys} act={setDoing} />}
						</>
					)}
				</Shown>
			)}
			{created && <Secret made={created} close={() => setCreated(undefined)} />}
			<Actions doing={doing} close={() => setDoing(undefined)} done={done} />
		</>
	);
}

async function allKeys(signal: AbortSignal): Promise<Key[]> {
	const keys: Key[] = [];
	let after = "";
	do {
		const page = await askJson<KeyList>("admin", `v1/admin/keys?limit=100&order=desc${after}`, { signal });
		keys.push(...page.data);
		after = page.has_more && page.last_id !== null ? `&after=${encodeURIComponent(page.last_id)}` : "";
	} while (after !== "");
	return keys;
}

/** Explains that a gateway on a loopback address may be read, but not changed, without a credential. */
function ReadOnlyNote() {
	return (
		<p class="note">
			You are reading without a credential, which this gateway allows on this machine while it has no keys. To create
			one, open the link that <code>llmw ui</code> prints, or run <code>llmw keys create NAME</code> on this machine.
		</p>
	);
}

function NoKeys() {
	return (
		<Empty title="No keys" command="llmw keys create my-app --team my-team">
			Anyone who can reach this gateway can use it. As soon as you create a key, every request needs one.
		</Empty>
	);
}

const states = { active: "good", expired: "warn", revoked: "" } as const;

function KeyTable({ keys, act }: { keys: readonly Key[]; act(doing: Doing): void }) {
	return (
		<Table columns={columns}>
			<tbody>
				{keys.map((key) => (
					<tr key={key.id} class={key.status === "revoked" ? "faint" : ""}>
						<td class="named">
							<a href={linkTo(["requests"], { key: key.name })} title={key.name}>
								{key.name}
							</a>
							<small>
								…{key.hint} · {key.id}
							</small>
						</td>
						<td class="named">
							<span>{key.owner ?? "–"}</span>
							<small>{[key.organisation, key.team].filter(Boolean).join(" / ")}</small>
						</td>
						<td>
							<span class={`state ${states[key.status]}`}>
								<i class="dot" />
								{key.status}
							</span>
						</td>
						<td class="named">
							<Allowed allowed={key} />
						</td>
						<td title={dateTime(key.last_used_at)}>{ago(key.last_used_at)}</td>
						<td>{key.expires_at === null ? "never" : dateTime(key.expires_at)}</td>
						<td class="actions">
							{key.status !== "revoked" &&
								(["edit", "rotate", "revoke"] as const).map((what) => (
									<button
										key={what}
										type="button"
										class="quiet"
										aria-label={`${what} ${key.name}`}
										onClick={() => act({ what, key })}
									>
										{what}
									</button>
								))}
						</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}

function Allowed({ allowed }: { allowed: Key }) {
	const { models, routes, addresses } = allowed;
	const parts = [
		["models", models],
		["routes", routes],
		["from", addresses],
	] as const;
	const restrictions = parts.flatMap(([name, values]) => (values === null ? [] : [`${name} ${values.join(", ")}`]));
	const limits = limitsInWords(allowed);
	if (restrictions.length + limits.length === 0) return <span class="muted">everything</span>;
	return (
		<>
			{limits.length > 0 && <small title={limits.join(", ")}>{limits.join(", ")}</small>}
			{restrictions.map((text) => (
				<span key={text} title={text}>
					{text}
				</span>
			))}
		</>
	);
}

function Actions({ doing, close, done }: { doing: Doing; close(): void; done(created?: KeyWithSecret): void }) {
	if (doing === undefined) return null;
	if (doing.what === "create") return <KeyForm close={close} done={done} />;
	const { what, key } = doing;
	if (what === "edit") return <KeyForm key={key.id} known={key} close={close} done={() => done()} />;
	const path = `v1/admin/keys/${encodeURIComponent(key.id)}`;
	if (what === "rotate")
		return (
			<Confirmation
				title={`Give ${key.name} a new secret`}
				action="Rotate"
				close={close}
				run={async () => done(await askJson<KeyWithSecret>("admin", `${path}/rotate`, { method: "POST", body: {} }))}
			>
				<p>The new secret works at once. The old one keeps working for 24 hours, so that clients can switch.</p>
			</Confirmation>
		);
	return (
		<Confirmation
			title={`Revoke ${key.name}`}
			action="Revoke"
			close={close}
			run={async () => {
				await askJson("admin", path, { method: "DELETE" });
				done();
			}}
		>
			<p>
				Requests with this key will be refused from now on. This can't be undone. What was stored with the key is kept.
			</p>
		</Confirmation>
	);
}
