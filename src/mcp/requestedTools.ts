/** MCP tools as a Responses request names them: one entry for each server. */
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";

type Json = Record<string, unknown>;

/** Chooses tools by their names, or because they only read. */
export interface ToolFilter {
	readonly names: readonly string[] | undefined;
	readonly isReadOnly: boolean | undefined;
}

export interface RequestedServer {
	/** Its place among the request's tools. */
	readonly place: number;
	readonly label: string;
	readonly url: string | undefined;
	readonly description: string | undefined;
	/** Names in lower case; `authorization` among them. */
	readonly headers: Readonly<Record<string, string>>;
	/** Undefined for all. */
	readonly allowed: ToolFilter | undefined;
	/** Undefined if the request says nothing of it. */
	readonly approval: RequestedApproval | undefined;
}

export interface RequestedApproval {
	/** Of tools that no filter chooses. */
	readonly isUsual: boolean;
	readonly always: ToolFilter | undefined;
	readonly never: ToolFilter | undefined;
}

export function isMcpTool(tool: unknown): tool is Json {
	return isObject(tool) && tool.type === "mcp";
}

/** @throws GatewayError 400 for an entry that can't be understood */
export function requestedServers(tools: readonly unknown[]): RequestedServer[] {
	const labels = new Set<string>();
	return tools.flatMap((tool, place) => {
		if (!isMcpTool(tool)) return [];
		const server = requestedServer(tool, place);
		if (labels.has(server.label)) throw wrong(place, "server_label", `is that of another tool, '${server.label}'`);
		labels.add(server.label);
		return [server];
	});
}

const labelForm = /^[A-Za-z][\w-]{0,63}$/;

function requestedServer(tool: Json, place: number): RequestedServer {
	const { server_label: label, server_url: url, server_description: description, connector_id: connector } = tool;
	if (typeof label !== "string" || !labelForm.test(label))
		throw wrong(
			place,
			"server_label",
			"must begin with a letter, and have letters, digits, hyphens and underscores only",
		);
	if ((connector ?? undefined) !== undefined)
		throw wrong(place, "connector_id", "names a connector of the vendor's own, which only the vendor can run");
	if ((url ?? undefined) !== undefined && typeof url !== "string") throw wrong(place, "server_url", "must be a text");
	return {
		place,
		label,
		url: typeof url === "string" ? url : undefined,
		description: typeof description === "string" && description !== "" ? description : undefined,
		headers: headersIn(tool, place),
		allowed: filterIn(tool.allowed_tools, place, "allowed_tools"),
		approval: approvalIn(tool.require_approval, place),
	};
}

/** The connection's own, and the protocol's. */
const notTheirs =
	/^(connection|content-.*|expect|host|keep-alive|mcp-.*|te|trailer|transfer-encoding|upgrade|accept|last-event-id|proxy-.*)$/;
const nameForm = /^[!#$%&'*+.^_`|~\w-]+$/;
const valueForm = /^[\x20-\x7e]*$/;

function headersIn({ headers: given, authorization }: Json, place: number): Record<string, string> {
	const headers: Record<string, string> = {};
	if ((given ?? undefined) !== undefined && !isObject(given)) throw wrong(place, "headers", "must be an object");
	for (const [written, value] of Object.entries(isObject(given) ? given : {})) {
		const name = written.toLowerCase();
		if (!nameForm.test(name) || typeof value !== "string" || !valueForm.test(value))
			throw wrong(place, "headers", "must be names of headers with their values");
		if (!notTheirs.test(name)) headers[name] = value;
	}
	if ((authorization ?? undefined) === undefined) return headers;
	if (typeof authorization !== "string" || !/^[\x21-\x7e]+$/.test(authorization.replace(/^bearer +/i, "")))
		throw wrong(place, "authorization", "must be an access token");
	headers.authorization = `Bearer ${authorization.replace(/^bearer +/i, "")}`;
	return headers;
}

function approvalIn(given: unknown, place: number): RequestedApproval | undefined {
	if ((given ?? undefined) === undefined) return undefined;
	if (given === "always" || given === "never")
		return { isUsual: given === "always", always: undefined, never: undefined };
	if (!isObject(given)) throw wrong(place, "require_approval", "must be 'always', 'never', or say so of some tools");
	return {
		isUsual: true,
		always: filterIn(given.always, place, "require_approval.always"),
		never: filterIn(given.never, place, "require_approval.never"),
	};
}

function filterIn(given: unknown, place: number, member: string): ToolFilter | undefined {
	if ((given ?? undefined) === undefined) return undefined;
	if (Array.isArray(given)) return { names: namesIn(given, place, member), isReadOnly: undefined };
	if (!isObject(given)) throw wrong(place, member, "must be a list of names, or a filter");
	const { tool_names: names, read_only: isReadOnly } = given;
	return {
		names: (names ?? undefined) === undefined ? undefined : namesIn(names, place, `${member}.tool_names`),
		isReadOnly: typeof isReadOnly === "boolean" ? isReadOnly : undefined,
	};
}

function namesIn(given: unknown, place: number, member: string): string[] {
	if (Array.isArray(given) && given.every((name) => typeof name === "string")) return given;
	throw wrong(place, member, "must be a list of names");
}

/** An annotation, which servers give as they like. */
export interface DescribedTool {
	readonly name: string;
	readonly annotations?: unknown;
}

/** A filter that says nothing chooses none. */
export function isChosen({ name, annotations }: DescribedTool, { names, isReadOnly }: ToolFilter): boolean {
	if (names === undefined && isReadOnly === undefined) return false;
	if (names !== undefined && !names.includes(name)) return false;
	if (isReadOnly === undefined) return true;
	return (isObject(annotations) && annotations.readOnlyHint === true) === isReadOnly;
}

function wrong(place: number, member: string, what: string): GatewayError {
	const param = `tools[${place}].${member}`;
	return new GatewayError(400, `'${param}' ${what}.`, { code: "invalid_value", param });
}
