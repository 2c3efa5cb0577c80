/** What to do about a request of an agent that came to nothing. */
import type { Agent } from "./agent.js";
import type { Failure } from "./agentTurn.js";

interface Asked {
	readonly agent: Agent;
	readonly model: string;
	/** The gateway has taken the key already, so that a 401 is the upstream's. */
	readonly isAdmitted?: boolean;
}

const tlsFault = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|EPROTO|SSL/;

/** A sentence that begins in lower case; empty if nothing is known to help. */
export function adviceFor(
	{ status, code, param, message, hint }: Failure,
	{ agent, model, isAdmitted = false }: Asked,
): string {
	if (status === undefined) return adviceForConnection(code, message);
	if (hint !== undefined) return hint;
	if (isAdmitted && status === 401)
		return "the upstream does not take the gateway's own credential: llmw check --live with its configuration";
	const byCode = codes[code]?.(agent, model);
	if (byCode !== undefined) return byCode;
	if (param === "temperature" || /temperature/i.test(message))
		return "start llmw with --contract openai, for temperatures from 0 to 2";
	if (/takes (tools|pictures|images)/.test(message))
		return "its targets can't (capabilities in the configuration): choose another model by --model";
	if (status === 401) return `the key is not valid here: llmw connect ${agent.name} makes one`;
	if (status === 403) return "the key does not permit this: llmw keys show KEY";
	if (status === 404)
		return `nothing answers there: the base URL must be the gateway's${agent.isVersioned ? ", with /v1" : ", without /v1"}`;
	if (status === 429) return "a limit is used up: llmw keys show KEY, and docs/limits.md";
	if (status >= 500)
		return "the gateway is there, but no upstream answered: llmw status, or llmw check --live with its configuration";
	return "";
}

function adviceForConnection(code: string, message: string): string {
	if (code === "ECONNREFUSED") return "no gateway runs there: start llmw, or set the right port";
	if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "there is no such host";
	if (tlsFault.test(code) || tlsFault.test(message))
		return "the certificate is not trusted: set NODE_EXTRA_CA_CERTS (and SSL_CERT_FILE for Codex) to the file of its authority, or use http where no TLS is spoken";
	if (/abort|timeout/i.test(message) || code === "ETIMEDOUT") return "it does not answer in time";
	return "";
}

const codes: Readonly<Record<string, (agent: Agent, model: string) => string>> = {
	invalid_api_key: ({ name }) => `the key is not known here, or was revoked: llmw connect ${name} makes one`,
	expired_api_key: ({ name }) =>
		`the key has expired: llmw keys update KEY --expires 90d, or llmw connect ${name} with a new one`,
	model_not_allowed: (_agent, model) =>
		`the key is not for this model: llmw keys update KEY --models "…,${model}", or choose another with --model`,
	route_not_allowed: () => "the key is not for this route: llmw keys update KEY --routes …",
	address_not_allowed: () => "the key may not be used from this address: llmw keys update KEY --addresses …",
	permission_denied: () => "the key lacks the permission api: llmw keys update KEY --permissions api",
	model_not_found: (_agent, model) =>
		`no route takes ${JSON.stringify(model)}: add one to the gateway's configuration, or choose a model that llmw models lists`,
	rate_limit_exceeded: () => "a limit is used up: it is over after a while, or llmw keys update KEY raises it",
	insufficient_quota: () => "the key's budget is used up: llmw keys update KEY --budget-per-month …",
	host_not_allowed: () =>
		"without keys the gateway answers to localhost and loopback addresses alone: use http://127.0.0.1, or --allowed-host NAME",
};
